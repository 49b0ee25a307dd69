/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IO_CONNECT_H
#define LIB_IO_CONNECT_H

#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/sys/socket.h"

/*
 * Connects, parking until the peer has answered. *fd is non-blocking, close-on-exec, the caller's.
 * Error: ERR_TIMEOUT, ERR_CANCELLED, -errno.
 */
PARKS MUST_USE int connect_to(const struct endpoint *peer, int *fd, int64_t deadline);

/* path: of a UNIX socket, relative to the current folder or absolute; at most 107 bytes. */
PARKS MUST_USE int connect_unix(const char *path, int *fd, int64_t deadline);

#endif
