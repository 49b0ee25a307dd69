/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walls cannot be taken down, so each check runs in a child, whose exit status is the verdict: 0,
 * or the number of the check that failed.
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sys/sandbox.h"

#define NOT_HERE 77

static char folder[] = "/tmp/test_sandbox.XXXXXX";

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL || chdir(folder) < 0)
		return -1;
	return mkdir("in", 0700) == 0 && mkdir("in/a", 0700) == 0 && mkdir("in/b", 0700) == 0 &&
	               mkdir("out", 0700) == 0 && mkdir("see", 0700) == 0 &&
	               creat("out/x", 0600) >= 0 && creat("see/x", 0600) >= 0
	           ? 0
	           : -1;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "in/b/y", "in/a/y", "out/x", "see/x" };
	static const char *const folders[] = { "in/a", "in/b", "in", "out", "see", folder };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unlink(names[i]);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		if (rmdir(folders[i]) < 0)
			return -1;
	}
	return 0;
}

#define CHECK(x)                       \
	do {                           \
		number++;              \
		if (!(x))              \
			_exit(number); \
	} while (0)

static void
run_child(void (*check)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			_exit(99);
		check();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_HERE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
check_paths(void)
{
	int paths = sandbox_paths_open(), number = 0, kept;

	if (paths == -ENOSYS || paths == -EOPNOTSUPP)
		_exit(NOT_HERE);
	CHECK(paths >= 0);
	kept = open("out/x", O_RDONLY);
	CHECK(sandbox_paths_allow(paths, "in", SANDBOX_READ | SANDBOX_WRITE) == 0);
	CHECK(sandbox_paths_allow(paths, "see", SANDBOX_READ) == 0);
	CHECK(sandbox_paths_allow(paths, "/dev/null", SANDBOX_READ | SANDBOX_WRITE) == 0);
	CHECK(sandbox_paths_allow(paths, "nowhere", SANDBOX_READ) == -ENOENT);
	CHECK(sandbox_paths_enter(paths) == 0);
	CHECK(open("in/a/y", O_RDWR | O_CREAT, 0600) >= 0);
	CHECK(rename("in/a/y", "in/b/y") == 0);
	CHECK(open("see/x", O_RDONLY) >= 0);
	CHECK(open("see/x", O_WRONLY) < 0 && errno == EACCES);
	CHECK(open("out/x", O_RDONLY) < 0 && errno == EACCES);
	CHECK(unlink("see/x") < 0 && errno == EACCES);
	CHECK(rename("in/b/y", "out/y") < 0);
	CHECK(read(kept, &number, 1) == 0);
	CHECK(open("/dev/null", O_RDWR) >= 0);
	execl("/bin/true", "true", NULL);
	CHECK(errno == EACCES);
}

static void *
do_nothing(void *arg)
{
	return arg;
}

static void
check_calls_alone(void)
{
	int number = 0, result = sandbox_calls_enter(0);
	pthread_t thread;

	if (result == -ENOSYS)
		_exit(NOT_HERE);
	CHECK(result == 0);
	CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT);
	CHECK(socket(AF_INET6, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT);
	CHECK(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	CHECK(fork() < 0 && errno == EPERM);
	CHECK(kill(getppid(), 0) < 0 && errno == EPERM);
	CHECK(kill(getpid(), 0) == 0);
	CHECK(pthread_create(&thread, NULL, do_nothing, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(mkdir("in/c", 0700) == 0 && rmdir("in/c") == 0);
	execl("/bin/true", "true", NULL);
	CHECK(errno == EPERM);
}

static void
check_calls_allowed(void)
{
	int number = 0, result = sandbox_calls_enter(SANDBOX_CALL_INET | SANDBOX_CALL_FORK);
	int status;
	pid_t pid;

	if (result == -ENOSYS)
		_exit(NOT_HERE);
	CHECK(result == 0);
	CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	CHECK(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	CHECK(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EAFNOSUPPORT);
	CHECK(kill(getppid(), 0) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void
only_allowed_paths_open(void **state)
{
	(void)state;
	run_child(check_paths);
}

static void
a_lone_process_stays_alone(void **state)
{
	(void)state;
	run_child(check_calls_alone);
}

static void
what_is_allowed_works(void **state)
{
	(void)state;
	run_child(check_calls_allowed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_allowed_paths_open),
		cmocka_unit_test(a_lone_process_stays_alone),
		cmocka_unit_test(what_is_allowed_works),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
