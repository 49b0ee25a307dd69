/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sys/daemon.h"

/* What the daemon does; the answer of the process that started it. */
static int
start_daemon(void (*act)(int ready))
{
	int ready, status;
	pid_t pid = fork();

	if (pid == 0) {
		if (sys_daemon(&ready) < 0)
			_exit(99);
		act(ready);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
get_ready(int ready)
{
	if (getsid(0) == getpid())
		sys_daemon_ready(ready);
}

static void
fail_before(int ready)
{
	(void)ready;
	_exit(78);
}

static void
die_before(int ready)
{
	(void)ready;
	kill(getpid(), SIGKILL);
}

static void
end_before(int ready)
{
	(void)ready;
}

static void
test_starter_ends_as_the_daemon_began(void **state)
{
	(void)state;
	assert_int_equal(start_daemon(get_ready), 0);
	assert_int_equal(start_daemon(fail_before), 78);
	assert_int_equal(start_daemon(die_before), 1);
	assert_int_equal(start_daemon(end_before), 1);
}

/* In a child: which of 0, 1, 2 lead to /dev/null afterwards, as bits. */
static int
null_after(unsigned closed, unsigned which)
{
	char path[32], name[16];
	int status, result = 0;
	pid_t pid = fork();

	if (pid == 0) {
		for (int fd = 0; fd <= 2; fd++) {
			if ((closed & 1U << fd) != 0)
				close(fd);
			else if (fd != 0 && dup2(fd, fd) < 0)
				_exit(99);
		}
		if (sys_null_standard(which) < 0)
			_exit(99);
		for (int fd = 0; fd <= 2; fd++) {
			ssize_t n;

			snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
			n = readlink(path, name, sizeof(name));
			if (n == 9 && memcmp(name, "/dev/null", 9) == 0)
				result |= 1 << fd;
		}
		_exit(result);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void
test_standard_descriptors(void **state)
{
	int pipe_fds[2];

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0); /* so that none of the three is /dev/null before */
	assert_int_equal(dup2(pipe_fds[0], 0), 0);
	assert_int_equal(null_after(0, 0), 0);
	assert_int_equal(null_after(7, 0), 7);
	assert_int_equal(null_after(2, 0), 2);
	assert_int_equal(null_after(0, SYS_NULL_IN), 1);
	assert_int_equal(null_after(0, SYS_NULL_IN | SYS_NULL_OUT | SYS_NULL_ERR), 7);
	assert_int_equal(null_after(4, SYS_NULL_OUT), 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starter_ends_as_the_daemon_began),
		cmocka_unit_test(test_standard_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
