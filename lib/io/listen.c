/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several workers watch one listening socket, and each connection wakes them all; one gets it, the
 * others try in vain and wait on. The alternative, a socket for each (SO_REUSEPORT), would leave
 * connections in the queue of a worker that is busy, or dead.
 */
#include "lib/io/listen.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/sys/file.h"

int
listener_open(struct listener *l, int fd)
{
	int n = sys_set_nonblocking(fd, true);

	return n < 0 ? n : watch_open(&l->watch, fd);
}

void
listener_close(struct listener *l)
{
	int fd = l->watch.fd;

	watch_close(&l->watch);
	sys_close(fd);
}

/* accept() also reports what happened to a client while it waited in the queue; see accept(2). */
static bool
is_of_the_client(int failure)
{
	switch (failure) {
	case -ECONNABORTED:
	case -ENETDOWN:
	case -EPROTO:
	case -ENOPROTOOPT:
	case -EHOSTDOWN:
	case -ENONET:
	case -EHOSTUNREACH:
	case -EOPNOTSUPP:
	case -ENETUNREACH:
		return true;
	default:
		return false;
	}
}

int
listener_accept(struct listener *l, int *fd, struct endpoint *peer, int64_t deadline)
{
	for (;;) {
		int n;

		if (task_is_cancelled())
			return ERR_CANCELLED;
		n = sys_accept(l->watch.fd, peer);
		if (n >= 0) {
			*fd = n;
			return 0;
		}
		if (n == -EAGAIN)
			n = watch_in(&l->watch, deadline);
		else if (is_of_the_client(n))
			n = 0;
		if (n < 0)
			return n;
	}
}
