/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/sys/random.h"

/* Runs fn in a child; its exit status, or the signal that ended it plus 1000. */
static int
in_child(int (*fn)(void))
{
	struct process_end end;
	int pid = sys_fork();

	assert_true(pid >= 0);
	if (pid == 0)
		sys_exit_now(fn());
	assert_int_equal(sys_wait(pid, &end), 0);
	assert_int_equal(end.pid, pid);
	return end.signal != 0 ? 1000 + end.signal : end.status;
}

/* --- Birth and end --------------------------------------------------------------------------- */

static int
exit_with_7(void)
{
	return 7;
}

static int
kill_itself(void)
{
	return sys_kill(sys_pid(), SIGTERM) < 0 ? 1 : 0;
}

static int
run_true(void)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char[]){ "exit $CODE" }, NULL };
	char *envp[] = { (char[]){ "CODE=23" }, NULL };

	return sys_exec("/bin/sh", argv, envp) < 0 ? 1 : 0;
}

static int
run_nothing(void)
{
	char *none[] = { NULL };

	return sys_exec("/nothing", none, none) == -ENOENT ? 9 : 1;
}

static void
test_children_end_as_they_say(void **state)
{
	struct process_end end;

	(void)state;
	assert_int_equal(in_child(exit_with_7), 7);
	assert_int_equal(in_child(kill_itself), 1000 + SIGTERM);
	assert_int_equal(in_child(run_true), 23);
	assert_int_equal(in_child(run_nothing), 9);
	assert_int_equal(sys_reap(&end), -ECHILD);
	assert_int_equal(sys_wait(1, &end), -ECHILD);
}

static void
test_reaping_never_waits(void **state)
{
	struct process_end end;
	int pid = sys_fork(), n;

	(void)state;
	if (pid == 0) {
		pause();
		sys_exit_now(0);
	}
	assert_int_equal(sys_reap(&end), 0);
	assert_int_equal(sys_kill(pid, SIGKILL), 0);
	while ((n = sys_reap(&end)) == 0)
		;
	assert_int_equal(n, 1);
	assert_int_equal(end.pid, pid);
	assert_int_equal(end.signal, SIGKILL);
	assert_int_equal(sys_kill(pid, 0), -ESRCH);
}

static int
is_another_process(void)
{
	return sys_pid() == getpid() && sys_parent_pid() == getppid() ? 0 : 1;
}

static void
test_a_child_knows_its_own_id(void **state)
{
	(void)state;
	assert_int_equal(sys_pid(), getpid());
	assert_int_equal(in_child(is_another_process), 0);
}

static int
random_byte(void)
{
	/* The parent's pool was copied: without forgetting it, two children give the same. */
	return (int)(random_u64() & 0xff);
}

static void
test_children_do_not_share_random_numbers(void **state)
{
	int same = 0;

	(void)state;
	random_u64();
	for (int i = 0; i < 20; i++)
		same += in_child(random_byte) == in_child(random_byte);
	assert_true(same < 10);
}

/* --- Descriptors ----------------------------------------------------------------------------- */

static void
test_what_goes_over_exec(void **state)
{
	int fds[2], bad = open("/dev/null", O_RDONLY), first = -1;

	(void)state;
	assert_int_equal(sys_pipe(fds), 0);
	assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(sys_inherit(fds[0], true), 0);
	assert_int_equal(fcntl(fds[0], F_GETFD), 0);
	/* Descriptors that the test itself was started with are corrected first. */
	assert_true(sys_audit_descriptors(&fds[0], 1, &first) >= 1);
	assert_int_equal(fcntl(bad, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fds[0], F_GETFD), 0);
	assert_int_equal(sys_audit_descriptors(&fds[0], 1, &first), 0);
	assert_int_equal(sys_audit_descriptors(NULL, 0, &first), 1);
	assert_int_equal(first, fds[0]);
	close(bad);
	close(fds[0]);
	close(fds[1]);
}

static void
test_descriptors_are_moved(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(sys_pipe(fds), 0);
	assert_int_equal(sys_move_fd(fds[0], 100), 0);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	assert_int_equal(fcntl(100, F_GETFD), 0);
	assert_int_equal(sys_inherit(100, false), 0);
	assert_int_equal(sys_move_fd(100, 100), 0);
	assert_int_equal(fcntl(100, F_GETFD), 0);
	assert_int_equal(sys_move_fd(fds[0], 101), -EBADF);
	close(100);
	close(fds[1]);
}

static int
close_all(void)
{
	int fd = open("/dev/null", O_RDONLY);

	if (sys_close_from(fd) < 0)
		return 1;
	return fcntl(fd, F_GETFD) == -1 && fcntl(2, F_GETFD) >= 0 ? 0 : 2;
}

static void
test_closes_all_from_a_number_on(void **state)
{
	(void)state;
	assert_int_equal(in_child(close_all), 0);
}

static int
close_all_but_some(void)
{
	static const int kept[] = { 20, 2, 14, 12 };

	for (int fd = 10; fd <= 21; fd++) {
		if (dup2(2, fd) != fd)
			return 1;
	}
	if (sys_close_from_except(12, kept, ARRAY_LEN(kept)) < 0)
		return 2;
	for (int fd = 10; fd <= 21; fd++) {
		bool is_kept = fd <= 12 || fd == 14 || fd == 20;

		if ((fcntl(fd, F_GETFD) >= 0) != is_kept)
			return fd;
	}
	return 0;
}

static void
test_closes_all_but_some(void **state)
{
	(void)state;
	assert_int_equal(in_child(close_all_but_some), 0);
}

/* --- Rights ---------------------------------------------------------------------------------- */

static int
become_nobody(void)
{
	const gid_t groups[] = { 65533, 65532 };
	const struct identity who = { 65534, 65534, groups, 2 };
	struct why why;
	gid_t got[10];

	if (sys_become(&who, &why) < 0)
		return 1;
	if (sys_uid() != 65534 || sys_effective_uid() != 65534 || sys_gid() != 65534 ||
	    sys_effective_gid() != 65534 || sys_is_root())
		return 2;
	if (getgroups(10, got) != 2 || setuid(0) == 0 || setgid(0) == 0)
		return 3;
	/* Again the same: nothing to do. Another: no way. */
	if (sys_become(&who, &why) < 0)
		return 4;
	return sys_become(&(struct identity){ 65533, 65534, NULL, 0 }, &why) == -EPERM ? 0 : 5;
}

static int
stay_root_in_no_groups(void)
{
	const struct identity who = { 0, 0, NULL, 0 };
	struct why why;

	return sys_become(&who, &why) == 0 && getgroups(0, NULL) == 0 ? 0 : 1;
}

static void
test_rights_are_given_up_for_good(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(become_nobody), 0);
	assert_int_equal(in_child(stay_root_in_no_groups), 0);
}

static int
cannot_become_another(void)
{
	struct why why = WHY_INIT;

	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return 1;
	if (sys_become(&(struct identity){ 12345, 12345, NULL, 0 }, &why) != -EPERM)
		return 2;
	return strstr(why.text, "12345") != NULL ? 0 : 3;
}

static void
test_without_root_nobody_becomes_another(void **state)
{
	(void)state;
	assert_int_equal(in_child(cannot_become_another), 0);
}

static int
limit_and_enter(void)
{
	uint64_t got = 0;
	mode_t old = sys_umask(027);

	if (sys_umask(old) != 027)
		return 1;
	if (sys_limit_files(64, &got) < 0 || got < 64)
		return 2;
	if (sys_limit_file_size(1000) < 0 || sys_limit_core(0) < 0)
		return 3;
	if (sys_chdir("/nothing") != -ENOENT || sys_chdir("/tmp") < 0)
		return 4;
	if (geteuid() == 0 && (sys_chroot("/tmp") < 0 || sys_may_access("/tmp/..", F_OK) == 0))
		return 5;
	return sys_no_new_privileges() < 0 || sys_new_session() < 0 ||
	       sys_die_with_parent(SIGTERM) < 0;
}

static void
test_limits_and_places(void **state)
{
	(void)state;
	assert_int_equal(in_child(limit_and_enter), 0);
}

/* --- Environment ----------------------------------------------------------------------------- */

static int
clean(void)
{
	static const char *const keep[] = { "TZ", "KEPT", "ABSENT" };

	if (sys_set_environment("KEPT", "yes") < 0 || sys_set_environment("KEPT_NOT", "x") < 0 ||
	    sys_set_environment("POSTROAD_FAULTLESS", "x") < 0)
		return 1;
	if (sys_clean_environment(keep, 3) < 0)
		return 2;
	if (sys_environment("KEPT") == NULL || strcmp(sys_environment("KEPT"), "yes") != 0)
		return 3;
	if (sys_environment("KEPT_NOT") != NULL || sys_environment("PATH") != NULL ||
	    sys_environment("ABSENT") != NULL)
		return 4;
	if (sys_set_environment("LATER", "1") < 0 || sys_environment("LATER") == NULL)
		return 5;
	return sys_environment_all()[0] != NULL ? 0 : 6;
}

static void
test_environment_is_cleaned(void **state)
{
	(void)state;
	assert_int_equal(setenv("PATH", "/bin", 1), 0);
	assert_int_equal(in_child(clean), 0);
}

/* --- Signals --------------------------------------------------------------------------------- */

static int
wait_for_signals(void)
{
	static const int signals[] = { SIGHUP, SIGTERM };
	int fd = sys_signals_open(signals, 2);

	if (fd < 0 || sys_signals_next(fd) != -EAGAIN)
		return 1;
	if (sys_kill(getpid(), SIGTERM) < 0 || sys_signals_next(fd) != SIGTERM)
		return 2;
	if (sys_ignore_signal(SIGUSR1) < 0 || sys_kill(getpid(), SIGUSR1) < 0)
		return 3;
	if (sys_signals_reset() < 0)
		return 4;
	return sys_kill(getpid(), SIGUSR1) < 0 ? 5 : 6; /* it ends here */
}

static void
test_signals_are_input(void **state)
{
	(void)state;
	assert_int_equal(in_child(wait_for_signals), 1000 + SIGUSR1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children_end_as_they_say),
		cmocka_unit_test(test_reaping_never_waits),
		cmocka_unit_test(test_a_child_knows_its_own_id),
		cmocka_unit_test(test_children_do_not_share_random_numbers),
		cmocka_unit_test(test_what_goes_over_exec),
		cmocka_unit_test(test_descriptors_are_moved),
		cmocka_unit_test(test_closes_all_from_a_number_on),
		cmocka_unit_test(test_closes_all_but_some),
		cmocka_unit_test(test_rights_are_given_up_for_good),
		cmocka_unit_test(test_without_root_nobody_becomes_another),
		cmocka_unit_test(test_limits_and_places),
		cmocka_unit_test(test_environment_is_cleaned),
		cmocka_unit_test(test_signals_are_input),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
