/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/list.h"

struct thing {
	char name;
	struct list link;
};

static void
assert_holds(const struct list *head, const char *names)
{
	const char *p = names;

	LIST_EACH (it, head) {
		assert_int_equal(CONTAINER_OF(it, struct thing, link)->name, *p++);
		assert_ptr_equal(it->next->prev, it);
	}
	assert_int_equal(*p, '\0');
	assert_int_equal(list_is_empty(head), *names == '\0');
}

static void
test_insert_and_remove(void **state)
{
	struct thing a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct list head;

	(void)state;
	list_init(&head);
	assert_holds(&head, "");
	assert_null(list_take_first(&head));
	list_append(&head, &b.link);
	list_prepend(&head, &a.link);
	list_append(&head, &c.link);
	assert_holds(&head, "abc");
	list_remove(&b.link);
	list_remove(&b.link);
	assert_holds(&head, "ac");
	list_insert(&c.link, &b.link);
	assert_holds(&head, "abc");
	assert_ptr_equal(list_take_first(&head), &a.link);
	assert_holds(&head, "bc");
	assert_true(list_is_empty(&a.link));
}

static void
test_walk_while_removing(void **state)
{
	struct thing things[3] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' } };
	struct list head;

	(void)state;
	list_init(&head);
	for (int i = 0; i < 3; i++)
		list_append(&head, &things[i].link);
	LIST_EACH_SAFE (it, &head) {
		if (CONTAINER_OF(it, struct thing, link)->name != 'b')
			list_remove(it);
	}
	assert_holds(&head, "b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_insert_and_remove),
		cmocka_unit_test(test_walk_while_removing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
