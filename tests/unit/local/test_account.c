/* SPDX-License-Identifier: BSD-2-Clause */
/* Whoever cannot be looked up is not unknown, and a name that a stranger chose is only a name. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/base/ticks.h"
#include "local/account.h"
#include "tests/unit/run/in_loop.h"

static int
find(const char *name, struct account *out, struct why *why)
{
	AUTO(arena) arena = ARENA_INIT((size_t)256 * 1024);

	*why = (struct why)WHY_INIT;
	return account_find(&arena, str_of(name), out, why);
}

static void
find_names(void *arg)
{
	static const struct {
		const char *name;
		int found;
	} rows[] = {
		{ "root", 1 },
		{ "no-such-user", 0 },
		{ "", 0 },
		{ "root:x", 0 },
		{ "../root", 0 },
		{ "/", 0 },
		{ "root\n", 0 },
		{ "-x", 0 },
		{ "|id", 0 },
		{ "$HOME", 0 },
	};
	static char longest[300];
	struct account account;
	struct why why;

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (find(rows[i].name, &account, &why) != rows[i].found)
			fail_msg("%s", rows[i].name);
	}
	memset(longest, 'r', sizeof(longest) - 1);
	assert_int_equal(find(longest, &account, &why), 0);
}

static void
test_names(void **state)
{
	(void)state;
	in_real(find_names, NULL);
}

/* Leaves no descriptor to be had; answers what was allowed before. */
static struct rlimit
starve(void)
{
	struct rlimit was, now;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	now = was;
	now.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	return was;
}

static void
find_without_descriptors(void *arg)
{
	struct account account;
	struct rlimit was;
	struct why why;

	(void)arg;
	assert_int_equal(find("no-such-user", &account, &why), 0); /* the pool has a thread now */
	assert_int_equal(find("games", &account, &why), 1);
	was = starve();
	assert_true(find("daemon", &account, &why) < 0);
	assert_non_null(strstr(why.text, "cannot look up user \"daemon\""));
	assert_true(find("no-such-user", &account, &why) < 0);
	/* What was found before is known for a while. */
	assert_int_equal(find("games", &account, &why), 1);
	assert_int_equal(task_sleep(run_deadline(6 * TICKS_SECOND)), 0);
	assert_true(find("games", &account, &why) < 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(find("daemon", &account, &why), 1);
}

static void
test_a_failed_look_up_is_no_answer(void **state)
{
	(void)state;
	in_real(find_without_descriptors, NULL);
}

static void
look_at_homes(void *arg)
{
	struct account account = { .user = { .home = "/" } };

	(void)arg;
	assert_true(account_has_home(&account));
	account.user.home = "/nowhere";
	assert_false(account_has_home(&account));
	account.user.home = "/dev/null";
	assert_false(account_has_home(&account));
}

static void
test_homes(void **state)
{
	(void)state;
	in_real(look_at_homes, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_a_failed_look_up_is_no_answer),
		cmocka_unit_test(test_homes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
