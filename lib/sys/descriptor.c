/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program hands on over exec. Everything is close-on-exec from birth; this file makes the few
 * exceptions and finds what a library may have left open.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/sys/call.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

int
sys_pipe(int fds[2])
{
	return pipe2(fds, O_CLOEXEC) < 0 ? -errno : 0;
}

int
sys_inherit(int fd, bool on)
{
	int n;

	SYS_CALL(n, fcntl(fd, F_SETFD, on ? 0 : FD_CLOEXEC));
	return n;
}

int
sys_move_fd(int from, int to)
{
	int n;

	if (from == to)
		return sys_inherit(to, true);
	SYS_CALL(n, dup2(from, to));
	if (n < 0)
		return n;
	sys_close(from);
	return 0;
}

static bool
is_allowed(int fd, const int *allowed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (allowed[i] == fd)
			return true;
	}
	return fd <= 2;
}

/* 1: it was open and would have been inherited. */
static int
correct(int fd)
{
	int flags = fcntl(fd, F_GETFD), n;

	if (flags < 0 || (flags & FD_CLOEXEC) != 0)
		return 0;
	n = sys_inherit(fd, false);
	return n < 0 ? n : 1;
}

int
sys_audit_descriptors(const int *allowed, size_t count, int *first)
{
	struct folder f;
	struct folder_entry entry;
	int n, corrected = 0;

	n = folder_open(&f, AT_FDCWD, "/proc/self/fd");
	if (n < 0)
		return n;
	while ((n = folder_next(&f, &entry)) > 0) {
		uint64_t fd;

		if (num_parse(str_of(entry.name), INT32_MAX, &fd) < 0 ||
		    is_allowed((int)fd, allowed, count))
			continue;
		n = correct((int)fd);
		if (n < 0)
			break;
		if (n > 0 && corrected++ == 0)
			*first = (int)fd;
	}
	folder_close(&f);
	return n < 0 ? n : corrected;
}

static int
close_between(int first, int end)
{
	if (first >= end)
		return 0;
	return close_range((unsigned)first, (unsigned)end - 1, 0) < 0 ? -errno : 0;
}

int
sys_close_from_except(int first, const int *kept, size_t count)
{
	int result = 0;

	while (result == 0) {
		int next = -1;

		for (size_t i = 0; i < count; i++) {
			if (kept[i] >= first && (next < 0 || kept[i] < next))
				next = kept[i];
		}
		if (next < 0)
			return sys_close_from(first);
		result = close_between(first, next);
		first = next + 1;
	}
	return result;
}

int
sys_close_from(int first)
{
	return close_range((unsigned)first, ~0U, 0) < 0 ? -errno : 0;
}
