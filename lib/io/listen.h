/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IO_LISTEN_H
#define LIB_IO_LISTEN_H

#include "lib/run/watch.h"
#include "lib/sys/socket.h"

/* A listening socket that several worker processes may share. */
struct listener {
	struct watch watch;
};

/* Takes fd on success (made non-blocking). */
MUST_USE int listener_open(struct listener *l, int fd);
void listener_close(struct listener *l);

/*
 * The next client: a non-blocking, close-on-exec descriptor, owned by the caller. A client that is
 * gone before accept() is skipped. Error: ERR_TIMEOUT, ERR_CANCELLED; -EMFILE and the like after
 * the caller's chance is gone: wait a moment, then try again.
 */
PARKS MUST_USE int listener_accept(
    struct listener *l, int *fd, struct endpoint *peer, int64_t deadline);

#endif
