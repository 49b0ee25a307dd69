/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sys/lock.h"

static char folder[] = "/tmp/test_lock.XXXXXX";
static char path[sizeof(folder) + 16];

static int
set_up(void **state)
{
	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/pid", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

/* A child that holds the lock until it is killed. */
static pid_t
start_holder(void)
{
	int ready[2];
	pid_t pid;
	char word;
	int fd;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		fd = lock_open(path);
		word = fd >= 0 && lock_take(fd) == 0 && lock_write_pid(fd) == 0 ? 'y' : 'n';
		if (write(ready[1], &word, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &word, 1), 1);
	assert_int_equal(word, 'y');
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void
ends_with_its_holder_however_it_dies(void **state)
{
	pid_t pid = start_holder(), holder = 0;
	char text[32] = "", want[32];
	int fd = lock_open(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(lock_take(fd), -EAGAIN);
	assert_int_equal(lock_holder(path, &holder), 0);
	assert_int_equal(holder, pid);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	snprintf(want, sizeof(want), "%d\n", (int)pid);
	assert_string_equal(text, want);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(lock_holder(path, &holder), 0);
	assert_int_equal(holder, 0);
	assert_int_equal(lock_take(fd), 0);
	close(fd);
}

static void
is_not_inherited(void **state)
{
	int fd = lock_open(path);
	pid_t pid, holder = 0;

	(void)state;
	assert_int_equal(lock_take(fd), 0);
	pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	close(fd); /* the child still has the descriptor, yet the lock is gone */
	assert_int_equal(lock_holder(path, &holder), 0);
	assert_int_equal(holder, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
nobody_holds_what_does_not_exist(void **state)
{
	pid_t holder = 1;

	(void)state;
	assert_int_equal(lock_holder(path, &holder), 0);
	assert_int_equal(holder, 0);
}

static void
follows_no_link_and_takes_only_files(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(lock_open(path), -ELOOP);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(lock_open(path), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    ends_with_its_holder_however_it_dies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_not_inherited, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    nobody_holds_what_does_not_exist, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    follows_no_link_and_takes_only_files, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
