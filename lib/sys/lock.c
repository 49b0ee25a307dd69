/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX record locks (F_SETLK), not flock(): a child inherits a flock() with its descriptor, so one
 * forgotten worker would keep a dead master's lock; and F_GETLK names the holder, so that nobody
 * has to believe a number in a file. Their one trap, that closing any descriptor of the file gives
 * the lock up, is avoided by opening it once.
 */
#include "lib/sys/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int
whole_file_lock(int fd, int command, struct flock *lock)
{
	*lock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
	while (fcntl(fd, command, lock) < 0) {
		if (errno == EACCES)
			return -EAGAIN;
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int
lock_open(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int
lock_take(int fd)
{
	struct flock lock;

	return whole_file_lock(fd, F_SETLK, &lock);
}

int
lock_holder(const char *path, pid_t *out)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct flock lock;
	int result;

	if (fd < 0 && errno == ENOENT) {
		*out = 0;
		return 0;
	}
	if (fd < 0)
		return -errno;
	result = whole_file_lock(fd, F_GETLK, &lock);
	close(fd);
	if (result == 0)
		*out = lock.l_type == F_UNLCK ? 0 : lock.l_pid;
	return result;
}

int
lock_write_pid(int fd)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return -errno;
	return 0;
}
