/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A life with one fault in it: the n-th call of a kind fails, or all from the n-th on, or the process
 * is killed at the n-th named point, for every n that it reaches.
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/fault/spool_life.h"

/* --- Faults ---------------------------------------------------------------------------------- */

/* The rule with its number put in; whether it took effect. */
static bool
live_with(const char *rule, unsigned n, bool one_fault)
{
	char rules[100];
	bool fired;

	enter_spool();
	snprintf(rules, sizeof(rules), "%s%u%s", rule, n, one_fault ? "" : "-");
	fault_rules(rules);
	in_spool(life_task, NULL);
	fired = fault_fired() > 0;
	fault_rules("");
	check_spool(rule, n, one_fault ? EXCUSE_NONE : EXCUSE_FAILURES);
	leave_spool();
	return fired;
}

static const char *const failures[] = {
	"fail:open:EMFILE:",
	"fail:open:ENOSPC:",
	"fail:read:EIO:",
	"fail:write:ENOSPC:",
	"fail:write:EIO:",
	"fail:write:SHORT:",
	"fail:sync:EIO:",
	"fail:rename:EIO:",
	"fail:unlink:EIO:",
	"fail:mkdir:ENOSPC:",
	"fail:truncate:EIO:",
	"fail:lock:EIO:",
	"fail:stat:EIO:",
};

static void
test_each_call_fails_once(void **state)
{
	unsigned lives = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		unsigned n = 1;

		while (live_with(failures[i], n, true))
			n++;
		/* Every kind but these is needed for a life. */
		if (n == 1 && strstr(failures[i], "truncate") == NULL)
			fail_msg("%s never called", failures[i]);
		lives += n;
	}
	print_message("%u lives\n", lives);
}

/* From the n-th call on all fail, as on a full disk; then there is room again. */
static void
test_all_calls_fail_from_some_moment_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		for (unsigned n = 1; n < 500 && live_with(failures[i], n, false); n += 1 + n / 8)
			;
	}
}

/* A child lives and is killed; the point it died at has let go of its locks. */
static bool
killed_with(const char *rule, unsigned n)
{
	char rules[100];
	int status;
	pid_t pid;

	enter_spool();
	snprintf(rules, sizeof(rules), "%s%u", rule, n);
	pid = fork();
	if (pid == 0) {
		fault_rules(rules);
		in_spool(life_task, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		assert_int_equal(WTERMSIG(status), SIGKILL);
	else
		assert_int_equal(WEXITSTATUS(status), 0);
	check_spool(rule, n, EXCUSE_NONE);
	leave_spool();
	return WIFSIGNALED(status);
}

static void
test_killed_at_every_point(void **state)
{
	unsigned n = 1;

	(void)state;
	while (killed_with("kill:*:", n))
		n++;
	assert_true(n > 50);
	print_message("%u kills\n", n - 1);
}

/* Killed, recovered by a second that is killed too, and so on. */
static bool
killed_again_with(unsigned n)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char rules[50];

		snprintf(rules, sizeof(rules), "kill:*:%u", n);
		fault_rules(rules);
		in_spool(work_task, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status);
}

static void
test_recovery_is_killed_too(void **state)
{
	(void)state;
	enter_spool();
	in_spool(commit_task, NULL);
	for (unsigned n = 1; n < 200; n++) {
		unsigned kill_at = 1 + n % 7;

		if (!killed_again_with(kill_at))
			break;
		check_spool("recovery killed", n, EXCUSE_NONE);
	}
	leave_spool();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_call_fails_once),
		cmocka_unit_test(test_all_calls_fail_from_some_moment_on),
		cmocka_unit_test(test_killed_at_every_point),
		cmocka_unit_test(test_recovery_is_killed_too),
	};

	ledger_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
