/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_SOCKET_H
#define LIB_SYS_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/str.h"

/* An address with a port, or a UNIX socket's name. */
struct endpoint {
	struct sockaddr_storage address;
	socklen_t length; /* 0: unknown */
};

/* "192.0.2.1", "2001:db8::1" (v4-mapped as v4), "local" for a UNIX socket, "unknown". */
#define ENDPOINT_TEXT_MAX 64
const char *endpoint_text(const struct endpoint *e, char text[ENDPOINT_TEXT_MAX]);
uint16_t endpoint_port(const struct endpoint *e); /* 0: none */

/* A numeric address, v4 or v6 (without brackets). Error: ERR_SYNTAX. */
MUST_USE int endpoint_parse(struct str address, uint16_t port, struct endpoint *out);
/* Of 4 or 16 octets, as they go over the wire. */
void endpoint_from_octets(struct str octets, uint16_t port, struct endpoint *out);
/* Error: ERR_TOO_LONG. */
MUST_USE int endpoint_unix(const char *path, struct endpoint *out);

/* Who is at the other end of a UNIX socket (SO_PEERCRED). */
struct peer_ids {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};
MUST_USE int sys_peer_ids(int fd, struct peer_ids *out);

/* Each answers a descriptor (non-blocking, close-on-exec) or -errno. */
MUST_USE int sys_listen_tcp(const struct endpoint *e, int backlog);
MUST_USE int sys_listen_unix(const char *path, mode_t mode, int backlog); /* replaces a stale one */
MUST_USE int sys_accept(int fd, struct endpoint *peer);
MUST_USE int sys_connect_start(const struct endpoint *e); /* connection may be in progress */
MUST_USE int sys_connect_result(int fd);                  /* 0, or -errno of the connection */
MUST_USE int sys_socketpair(int fds[2]);
MUST_USE int sys_local_endpoint(int fd, struct endpoint *out);
MUST_USE int sys_peer_endpoint(int fd, struct endpoint *out);
MUST_USE int sys_shutdown_write(int fd);

/*
 * Counts, 0 at end of stream, or -errno. Descriptors that come with the bytes go to fds[], up to
 * fds_max of them; ERR_PROTOCOL: more came than can be taken. fds NULL: an ordinary read. fd_out is
 * sent with the first byte; -1: none. No SIGPIPE.
 */
MUST_USE int sys_receive(
    int fd, void *p, size_t size, int *fds, unsigned fds_max, unsigned *fd_count);
MUST_USE int sys_send(int fd, const struct str *pieces, size_t count, int fd_out);

#endif
