/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines gather in one buffer and leave in one write, so that several processes can append to one file
 * without a log process between them: O_APPEND keeps each write whole. What cannot be written (disk
 * full, a pipe that nobody reads) is dropped and counted, and the count is the first line that gets
 * through again: mail does not wait for its log. The calls of this file go around the fault checks.
 *
 * syslog is spoken to directly: the C library's syslog() waits for ever where syslogd does not read.
 */
#include "lib/sys/log_sink.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/sys/call.h"

#define PIPE_WAIT 1000 /* ms that a slow reader may hold us up, once */

/* --- syslog ----------------------------------------------------------------------------------- */

static int
connect_syslog(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, n;

	if (strlen(path) >= sizeof(address.sun_path))
		return ERR_TOO_LONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	SYS_CALL(n, connect(fd, (const struct sockaddr *)&address, sizeof(address)));
	if (n == 0)
		return fd;
	close(fd);
	return n;
}

static void
reconnect(struct sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = connect_syslog(s->path);
}

static int
send_datagram(const struct sink *s, int priority, struct str line)
{
	char head[16];
	struct iovec parts[2];
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	if (s->fd < 0)
		return s->fd;
	parts[0].iov_base = head;
	parts[0].iov_len = (size_t)snprintf(head, sizeof(head), "<%d>", priority);
	parts[1].iov_base = (void *)(uintptr_t)line.p;
	parts[1].iov_len = line.n;
	SYS_CALL(n, sendmsg(s->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
	return n < 0 ? (int)n : 0;
}

void
sink_send(struct sink *s, int priority, struct str line)
{
	int result = send_datagram(s, priority, line);

	if (result < 0 && result != -EAGAIN && result != -ENOBUFS && result != -EMSGSIZE) {
		reconnect(s);
		result = send_datagram(s, priority, line);
	}
	if (result < 0)
		sink_note_lost(s, 1, result);
}

/* --- Descriptors ------------------------------------------------------------------------------- */

static int
write_once(const struct sink *s, struct str bytes)
{
	ssize_t n;

	if (s->is_socket)
		SYS_CALL(n, send(s->fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT));
	else
		SYS_CALL(n, write(s->fd, bytes.p, bytes.n));
	return (int)n;
}

static int
write_some(struct sink *s, struct str bytes)
{
	int n = write_once(s, bytes);

	if (n == -EAGAIN && !s->stalled) {
		struct pollfd out = { .fd = s->fd, .events = POLLOUT };

		s->stalled = poll(&out, 1, PIPE_WAIT) != 1;
		if (!s->stalled)
			n = write_once(s, bytes);
	}
	if (n >= 0)
		s->stalled = false;
	return n;
}

void
sink_note_lost(struct sink *s, uint64_t count, int why)
{
	s->lost += count;
	s->lost_why = why;
	s->reported = 0;
}

void
sink_flush(struct sink *s)
{
	uint64_t count = s->line_count;
	struct str bytes = buf_str(&s->lines);

	s->line_count = 0;
	while (bytes.n > 0) {
		int n = write_some(s, bytes);

		if (n < 0) {
			sink_note_lost(s, count, n);
			buf_clear(&s->lines);
			return;
		}
		bytes = str_from(bytes, (size_t)n);
	}
	s->lost -= s->reported;
	s->reported = 0;
	buf_clear(&s->lines);
}

void
sink_open(struct sink *s)
{
	int type;
	socklen_t size = sizeof(type);

	if (s->is_syslog)
		s->fd = connect_syslog(s->path);
	else
		s->is_socket = getsockopt(s->fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

void
sink_close(struct sink *s)
{
	if (s->is_syslog && s->fd >= 0)
		close(s->fd);
	buf_drop(&s->lines);
}
