/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sys/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/sys/process.h"

/* Waits for the new process's word; the exit status to leave with. */
static int
await_daemon(pid_t pid, int ready)
{
	struct process_end end;
	ssize_t n;
	char word;

	do
		n = read(ready, &word, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return 0;
	if (sys_wait(pid, &end) < 0 || end.signal != 0 || end.status == 0)
		return EXIT_FAILURE;
	return end.status;
}

int
sys_daemon(int *ready)
{
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	pid = sys_fork();
	if (pid < 0) {
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		return pid;
	}
	if (pid > 0) {
		close(pipe_fds[1]);
		_exit(await_daemon(pid, pipe_fds[0]));
	}
	close(pipe_fds[0]);
	setsid();
	*ready = pipe_fds[1];
	return 0;
}

void
sys_daemon_ready(int ready)
{
	ssize_t n = write(ready, "", 1);

	(void)n; /* a parent that was killed meanwhile changes nothing for us */
	close(ready);
}

int
sys_null_standard(unsigned which)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int result = 0;

	if (null < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++) {
		if ((which & 1U << fd) == 0 && fcntl(fd, F_GETFD) >= 0)
			continue;
		/* dup2() to itself keeps close-on-exec; the standard three never have it. */
		if (null == fd ? fcntl(fd, F_SETFD, 0) < 0 : dup2(null, fd) < 0)
			result = -errno;
	}
	if (null > 2)
		close(null);
	return result;
}
