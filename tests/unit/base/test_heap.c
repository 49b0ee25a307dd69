/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/compiler.h"
#include "lib/base/heap.h"

#define THINGS 500

struct thing {
	int64_t key;
	struct heap_node node;
};

static uint64_t seed = 1;

static int64_t
some_key(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)(seed >> 56) - 100; /* many equal ones, some below zero */
}

/* Every entry knows its node, every node its place, and no child is less than its parent. */
static void
check(const struct heap *h)
{
	for (uint32_t i = 0; i < h->n; i++) {
		assert_int_equal(h->entries[i].node->place, i + 1);
		if (i > 0)
			assert_true(h->entries[(i - 1) / 2].key <= h->entries[i].key);
	}
}

static void
insert_all(struct heap *h, struct thing *things)
{
	for (size_t i = 0; i < THINGS; i++) {
		things[i] = (struct thing){ .key = some_key() };
		heap_insert(h, &things[i].node, things[i].key);
		check(h);
	}
}

static void
drain(struct heap *h, size_t expected)
{
	int64_t last = INT64_MIN;
	struct heap_node *node;
	size_t count = 0;

	while ((node = heap_first(h)) != NULL) {
		struct thing *t = CONTAINER_OF(node, struct thing, node);

		assert_int_equal(heap_key(h, node), t->key);
		assert_true(t->key >= last);
		last = t->key;
		heap_remove(h, node);
		assert_false(heap_has(node));
		check(h);
		count++;
	}
	assert_int_equal(count, expected);
}

static void
test_gives_the_least_first(void **state)
{
	struct heap h = HEAP_INIT;
	struct thing things[THINGS];

	(void)state;
	assert_null(heap_first(&h));
	insert_all(&h, things);
	drain(&h, THINGS);
	heap_drop(&h);
}

static void
test_removes_from_any_place(void **state)
{
	struct heap h = HEAP_INIT;
	struct thing things[THINGS];

	(void)state;
	insert_all(&h, things);
	for (size_t i = 0; i < THINGS; i += 3) {
		heap_remove(&h, &things[i].node);
		check(&h);
	}
	drain(&h, THINGS - (THINGS + 2) / 3);
	heap_drop(&h);
}

static void
test_follows_changed_keys(void **state)
{
	struct heap h = HEAP_INIT;
	struct thing things[THINGS];

	(void)state;
	insert_all(&h, things);
	for (size_t i = 0; i < THINGS; i += 2) {
		things[i].key = some_key();
		heap_change(&h, &things[i].node, things[i].key);
		check(&h);
	}
	drain(&h, THINGS);
	heap_drop(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gives_the_least_first),
		cmocka_unit_test(test_removes_from_any_place),
		cmocka_unit_test(test_follows_changed_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
