/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sys/poll.h"

#include <errno.h>
#include <poll.h>

#include "lib/base/mem.h"

int
sys_poll(struct ready *fds, size_t count)
{
	struct pollfd *polled;
	int n;

	if (count == 0)
		return 0;
	polled = mem_array(count, sizeof(*polled));
	for (size_t i = 0; i < count; i++) {
		polled[i].fd = fds[i].fd;
		polled[i].events = (short)((fds[i].in ? POLLIN : 0) | (fds[i].out ? POLLOUT : 0));
	}
	n = poll(polled, (nfds_t)count, 0);
	if (n < 0)
		n = errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < count; i++) {
		bool broken = n > 0 && (polled[i].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;

		fds[i].in = fds[i].in && n > 0 && (broken || (polled[i].revents & POLLIN) != 0);
		fds[i].out = fds[i].out && n > 0 && (broken || (polled[i].revents & POLLOUT) != 0);
	}
	mem_free(polled);
	return n;
}
