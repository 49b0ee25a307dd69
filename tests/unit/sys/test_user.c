/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <unistd.h>

#include "lib/sys/random.h"
#include "lib/sys/user.h"

static void
test_finds_accounts_and_says_when_there_are_none(void **state)
{
	AUTO(arena) a = ARENA_INIT(100000);
	struct user_entry root = { 0 }, same;
	struct group_entry group = { 0 };

	(void)state;
	assert_int_equal(user_by_name(&a, "root", &root), 1);
	assert_string_equal(root.name, "root");
	assert_int_equal(root.uid, 0);
	assert_int_equal(root.home[0], '/');
	assert_non_null(root.shell);
	assert_int_equal(user_by_uid(&a, 0, &same), 1);
	assert_string_equal(same.name, "root");
	assert_true(same.name != root.name);
	assert_int_equal(group_by_gid(&a, 0, &group), 1);
	assert_string_equal(group.name, "root");
	assert_int_equal(group_by_name(&a, "root", &group), 1);
	assert_int_equal(group.gid, 0);
	assert_int_equal(user_by_name(&a, "no-such-user-here", &same), 0);
	assert_int_equal(user_by_uid(&a, 0x7ffffff0, &same), 0);
	assert_int_equal(group_by_name(&a, "no-such-group-here", &group), 0);
	assert_int_equal(group_by_gid(&a, 0x7ffffff0, &group), 0);
	assert_int_equal(user_by_name(&a, "", &same), 0);
	assert_string_equal(same.name, "root");
}

static void
test_groups_hold_the_primary_one(void **state)
{
	AUTO(arena) a = ARENA_INIT(100000);
	gid_t *groups = NULL;
	int count = user_groups(&a, "root", 4242, &groups);
	bool found = false;

	(void)state;
	assert_true(count >= 1);
	for (int i = 0; i < count; i++)
		found = found || groups[i] == 4242;
	assert_true(found);
}

static void
test_the_host_has_a_name(void **state)
{
	AUTO(arena) a = ARENA_INIT(1000);
	const char *name = NULL;

	(void)state;
	assert_int_equal(sys_host_name(&a, &name), 0);
	assert_int_not_equal(name[0], '\0');
}

static void
test_random_numbers_stay_below_their_bound(void **state)
{
	unsigned seen = 0;
	char many[1000] = "", zero[1000] = "";

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint32_t n = random_below(10);

		assert_true(n < 10);
		seen |= 1U << n;
	}
	assert_int_equal(seen, 0x3ff);
	assert_int_equal(random_below(1), 0);
	random_bytes(many, 0);
	assert_memory_equal(many, zero, sizeof(many));
	random_bytes(many, sizeof(many));
	assert_memory_not_equal(many, zero, sizeof(many));
	assert_memory_not_equal(many + 900, zero, 100);
	assert_true(random_u64() != random_u64());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_accounts_and_says_when_there_are_none),
		cmocka_unit_test(test_groups_hold_the_primary_one),
		cmocka_unit_test(test_the_host_has_a_name),
		cmocka_unit_test(test_random_numbers_stay_below_their_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
