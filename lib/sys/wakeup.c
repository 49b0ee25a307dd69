/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An eventfd. Its counter overflows after 2^64 sends; a full counter would still be readable.
 */
#include "lib/sys/wakeup.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/bug.h"

int
sys_wakeup_open(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void
sys_wakeup_send(int fd)
{
	const uint64_t one = 1;

	BUG_ON(write(fd, &one, sizeof(one)) != (ssize_t)sizeof(one));
}

void
sys_wakeup_close(int fd)
{
	BUG_ON(close(fd) != 0);
}
