/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets are born non-blocking and close-on-exec (SOCK_NONBLOCK, accept4): no second call, no moment
 * in which a fork would leak them.
 */
#include "lib/sys/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/sys/call.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "lib/sys/pieces.h"

#define SIZE_A_CALL ((size_t)1 << 30)
#define FDS_A_CALL  16

static const struct sockaddr *
address_of(const struct endpoint *e)
{
	return (const struct sockaddr *)(const void *)&e->address;
}

const char *
endpoint_text(const struct endpoint *e, char text[ENDPOINT_TEXT_MAX])
{
	const struct sockaddr_in *v4 = (const void *)&e->address;
	const struct sockaddr_in6 *v6 = (const void *)&e->address;
	const char *found = NULL;

	if (e->length == 0)
		return "unknown";
	if (e->address.ss_family == AF_UNIX)
		return "local";
	if (e->address.ss_family == AF_INET)
		found = inet_ntop(AF_INET, &v4->sin_addr, text, ENDPOINT_TEXT_MAX);
	else if (e->address.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		found = inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, ENDPOINT_TEXT_MAX);
	else if (e->address.ss_family == AF_INET6)
		found = inet_ntop(AF_INET6, &v6->sin6_addr, text, ENDPOINT_TEXT_MAX);
	return found != NULL ? found : "unknown";
}

uint16_t
endpoint_port(const struct endpoint *e)
{
	const struct sockaddr_in *v4 = (const void *)&e->address;
	const struct sockaddr_in6 *v6 = (const void *)&e->address;

	if (e->length == 0)
		return 0;
	if (e->address.ss_family == AF_INET)
		return ntohs(v4->sin_port);
	return e->address.ss_family == AF_INET6 ? ntohs(v6->sin6_port) : 0;
}

int
endpoint_parse(struct str address, uint16_t port, struct endpoint *out)
{
	struct endpoint e = { .length = 0 };
	struct sockaddr_in *v4 = (void *)&e.address;
	struct sockaddr_in6 *v6 = (void *)&e.address;
	char text[INET6_ADDRSTRLEN];

	if (address.n == 0 || address.n >= sizeof(text) ||
	    memchr(address.p, '\0', address.n) != NULL)
		return ERR_SYNTAX;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		e.length = sizeof(*v4);
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		e.length = sizeof(*v6);
	} else {
		return ERR_SYNTAX;
	}
	*out = e;
	return 0;
}

void
endpoint_from_octets(struct str octets, uint16_t port, struct endpoint *out)
{
	struct sockaddr_in *v4 = (void *)&out->address;
	struct sockaddr_in6 *v6 = (void *)&out->address;

	BUG_ON(octets.n != sizeof(v4->sin_addr) && octets.n != sizeof(v6->sin6_addr));
	memset(out, 0, sizeof(*out));
	if (octets.n == sizeof(v4->sin_addr)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, octets.p, octets.n);
		out->length = sizeof(*v4);
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		memcpy(&v6->sin6_addr, octets.p, octets.n);
		out->length = sizeof(*v6);
	}
}

int
endpoint_unix(const char *path, struct endpoint *out)
{
	struct sockaddr_un *un = (void *)&out->address;
	size_t size = strlen(path);

	if (size == 0 || size >= sizeof(un->sun_path))
		return ERR_TOO_LONG;
	memset(out, 0, sizeof(*out));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, size);
	out->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
	return 0;
}

int
sys_peer_ids(int fd, struct peer_ids *out)
{
	struct ucred ids;
	socklen_t size = sizeof(ids);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ids, &size) < 0)
		return -errno;
	*out = (struct peer_ids){ .pid = ids.pid, .uid = ids.uid, .gid = ids.gid };
	return 0;
}

static int
new_socket(int family)
{
	int n = fault_call(FAULT_SOCKET, NULL);

	if (n == 0)
		SYS_CALL(n, socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	return n;
}

static int
set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* Binds and listens, or closes fd. */
static int
listen_on(int fd, const struct endpoint *e, int backlog)
{
	int n;

	if (bind(fd, address_of(e), e->length) == 0 && listen(fd, backlog) == 0)
		return fd;
	n = -errno;
	sys_close(fd);
	return n;
}

int
sys_listen_tcp(const struct endpoint *e, int backlog)
{
	int fd = new_socket(e->address.ss_family), n;

	if (fd < 0)
		return fd;
	n = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* [::] beside 0.0.0.0 on one port: each listener keeps to its own family. */
	if (n == 0 && e->address.ss_family == AF_INET6)
		n = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (n < 0) {
		sys_close(fd);
		return n;
	}
	return listen_on(fd, e, backlog);
}

/* A socket's name that nobody answers at is left over from a process that has died. */
static int
remove_stale(const char *path, const struct endpoint *e)
{
	struct file_info info;
	int n = sys_info_at(AT_FDCWD, path, &info), fd;

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return n;
	if (info.kind != FILE_SOCKET)
		return -EEXIST;
	fd = new_socket(AF_UNIX);
	if (fd < 0)
		return fd;
	SYS_CALL(n, connect(fd, address_of(e), e->length));
	sys_close(fd);
	if (n == 0 || n == -EAGAIN)
		return -EADDRINUSE;
	return n == -ECONNREFUSED ? sys_unlink(path) : n;
}

int
sys_listen_unix(const char *path, mode_t mode, int backlog)
{
	struct endpoint e;
	mode_t old;
	int fd, n = endpoint_unix(path, &e);

	if (n == 0)
		n = remove_stale(path, &e);
	if (n < 0)
		return n;
	fd = new_socket(AF_UNIX);
	if (fd < 0)
		return fd;
	/* Its mode from birth: a chmod() by name would follow what others put in its place. */
	old = umask(0777 & ~mode);
	fd = listen_on(fd, &e, backlog);
	(void)umask(old);
	return fd;
}

int
sys_accept(int fd, struct endpoint *peer)
{
	struct endpoint e = { .length = sizeof(e.address) };
	int n = fault_call(FAULT_ACCEPT, NULL);

	if (n == 0)
		SYS_CALL(n, accept4(fd, (struct sockaddr *)(void *)&e.address, &e.length,
		                SOCK_NONBLOCK | SOCK_CLOEXEC));
	if (n < 0)
		return n;
	if (e.address.ss_family != AF_UNIX)
		(void)set_option(n, IPPROTO_TCP, TCP_NODELAY, 1); /* replies are gathered by us */
	*peer = e;
	return n;
}

int
sys_connect_start(const struct endpoint *e)
{
	int fd = fault_call(FAULT_CONNECT, NULL), n;

	if (fd == 0)
		fd = new_socket(e->address.ss_family);
	if (fd < 0)
		return fd;
	if (e->address.ss_family != AF_UNIX)
		(void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	SYS_CALL(n, connect(fd, address_of(e), e->length));
	if (n == 0 || n == -EINPROGRESS)
		return fd;
	sys_close(fd);
	return n;
}

int
sys_connect_result(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	return -error;
}

int
sys_socketpair(int fds[2])
{
	int n = fault_call(FAULT_SOCKET, NULL);

	if (n == 0)
		SYS_CALL(
		    n, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
	return n;
}

int
sys_local_endpoint(int fd, struct endpoint *out)
{
	struct endpoint e = { .length = sizeof(e.address) };

	if (getsockname(fd, (struct sockaddr *)(void *)&e.address, &e.length) < 0)
		return -errno;
	*out = e;
	return 0;
}

int
sys_peer_endpoint(int fd, struct endpoint *out)
{
	struct endpoint e = { .length = sizeof(e.address) };

	if (getpeername(fd, (struct sockaddr *)(void *)&e.address, &e.length) < 0)
		return -errno;
	*out = e;
	return 0;
}

int
sys_shutdown_write(int fd)
{
	return shutdown(fd, SHUT_WR) < 0 ? -errno : 0;
}

/* Room for the descriptors that one message may carry. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDS_A_CALL * sizeof(int))];
};

/* False: more came than there is room for; those are closed. */
static bool
take_fds(struct msghdr *message, int *fds, unsigned fds_max, unsigned *fd_count)
{
	bool all = true;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (*fd_count < fds_max) {
				fds[(*fd_count)++] = fd;
			} else {
				sys_close(fd);
				all = false;
			}
		}
	}
	return all;
}

static int
receive_with_fds(int fd, void *p, size_t size, int *fds, unsigned fds_max, unsigned *fd_count)
{
	union control control;
	struct iovec iov = { .iov_base = p, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	*fd_count = 0;
	SYS_CALL(n, recvmsg(fd, &message, MSG_CMSG_CLOEXEC));
	if (n < 0)
		return (int)n;
	/* The kernel has closed what found no room: the sender broke the rules. */
	if (!take_fds(&message, fds, fds_max, fd_count) || (message.msg_flags & MSG_CTRUNC) != 0)
		return ERR_PROTOCOL;
	return (int)n;
}

int
sys_receive(int fd, void *p, size_t size, int *fds, unsigned fds_max, unsigned *fd_count)
{
	ssize_t n;

	if (size > SIZE_A_CALL)
		size = SIZE_A_CALL;
	n = fault_call(FAULT_RECEIVE, &size);
	if (n < 0)
		return (int)n;
	if (fds != NULL)
		return receive_with_fds(fd, p, size, fds, fds_max, fd_count);
	SYS_CALL(n, read(fd, p, size));
	return (int)n;
}

static void
attach_fd(struct msghdr *message, union control *control, int fd)
{
	struct cmsghdr *c;

	message->msg_control = control->bytes;
	message->msg_controllen = CMSG_SPACE(sizeof(fd));
	c = CMSG_FIRSTHDR(message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

int
sys_send(int fd, const struct str *pieces, size_t count, int fd_out)
{
	union control control = { .bytes = "" };
	struct iovec iov[PIECES_MAX];
	struct msghdr message = { .msg_iov = iov };
	size_t size = pieces_size(pieces, count);
	ssize_t n = fault_call(FAULT_SEND, &size);

	if (n < 0)
		return (int)n;
	message.msg_iovlen = pieces_gather(pieces, count, size, iov);
	if (fd_out >= 0)
		attach_fd(&message, &control, fd_out);
	SYS_CALL(n, sendmsg(fd, &message, MSG_NOSIGNAL));
	return (int)n;
}
