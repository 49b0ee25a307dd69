/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sys/spawn.h"

static char *const environment[] = { (char[]){ "WHO=me" }, NULL };

/* Runs a shell script with its output in text[]; answers its exit status. */
static int
run_script(char *script, const int *fds, size_t fd_count, int out, char *text, size_t size)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, script, NULL };
	struct spawn s = { "/bin/sh", argv, environment, fds, fd_count };
	pid_t pid;
	ssize_t n;
	int status;

	assert_int_equal(sys_spawn(&s, &pid), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	n = read(out, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
gets_exactly_the_descriptors_it_was_given(void **state)
{
	int null = open("/dev/null", O_RDWR);
	int extra = open("/dev/null", O_RDWR); /* without close-on-exec */
	int pipe_fds[2], fds[4];
	char text[256];

	(void)state;
	assert_int_equal(pipe2(pipe_fds, O_NONBLOCK), 0);
	/* 1 and 3 swap places with what the starter has there; 2 is the pipe as well. */
	fds[0] = null;
	fds[1] = pipe_fds[1];
	fds[2] = pipe_fds[1];
	fds[3] = 1;
	/* The last one is the folder that ls itself reads. */
	assert_int_equal(run_script((char[]){ "echo $WHO $HOME; exec ls /proc/self/fd" }, fds, 4,
	                     pipe_fds[0], text, sizeof(text)),
	    0);
	assert_string_equal(text, "me\n0\n1\n2\n3\n4\n");
	close(null);
	close(extra);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void
starts_with_no_signal_blocked_or_ignored(void **state)
{
	char *scripts[] = { (char[]){ "kill -TERM $$" }, (char[]){ "kill -PIPE $$" } };
	int pipe_fds[2], fds[3];
	char text[256];
	sigset_t set, old;

	(void)state;
	assert_int_equal(pipe2(pipe_fds, O_NONBLOCK), 0);
	fds[0] = fds[1] = fds[2] = pipe_fds[1];
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		assert_int_equal(
		    run_script(scripts[i], fds, 3, pipe_fds[0], text, sizeof(text)), -1);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void
says_that_the_program_cannot_be_loaded(void **state)
{
	static const struct {
		const char *path;
		int error;
	} rows[] = {
		{ "/nonexistent/program", -ENOENT },
		{ "/dev/null", -EACCES },
		{ "/", -EACCES },
	};
	char *argv[] = { (char[]){ "x" }, NULL };
	int fds[] = { 0, 1, 2 };
	pid_t pid = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct spawn s = { rows[i].path, argv, environment, fds, 3 };

		assert_int_equal(sys_spawn(&s, &pid), rows[i].error);
		assert_int_equal(pid, 0);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
}

static void
refuses_a_descriptor_that_is_not_open(void **state)
{
	char *argv[] = { (char[]){ "true" }, NULL };
	int fds[] = { 0, 1, 2, 999 };
	struct spawn s = { "/bin/true", argv, environment, fds, 4 };
	pid_t pid = 0;

	(void)state;
	assert_int_equal(sys_spawn(&s, &pid), -EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gets_exactly_the_descriptors_it_was_given),
		cmocka_unit_test(starts_with_no_signal_blocked_or_ignored),
		cmocka_unit_test(says_that_the_program_cannot_be_loaded),
		cmocka_unit_test(refuses_a_descriptor_that_is_not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
