/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams over descriptors: sockets, sockets that pass descriptors, pipes.
 *
 * A read that got less than it asked for has probably drained the socket, and the call that would
 * only say -EAGAIN could be spared: one in three of a dialogue. It is not safe in general. The edge
 * that announced the bytes may have announced an end of stream or a reset with them, and none comes
 * again. So the call is spared only where both are excluded: the loop saw no end of stream
 * (watch.closed), and something was written with success after the read, which a connection that
 * was reset would have refused. That is every dialogue of questions and answers.
 */
#include "lib/io/stream.h"

#include <errno.h>

#include "lib/io/stream_ops.h"
#include "lib/sys/file.h"
#include "lib/sys/socket.h"

static bool
is_drained(const struct stream *s)
{
	return s->drained == STREAM_ANSWERED && !s->watch.in_edge && !s->watch.closed;
}

static int
note_read(struct stream *s, int n, size_t size)
{
	s->drained = n > 0 && (size_t)n < size ? STREAM_SHORT : STREAM_UNKNOWN;
	return n;
}

static int
note_write(struct stream *s, int n)
{
	if (n > 0 && s->drained == STREAM_SHORT)
		s->drained = STREAM_ANSWERED;
	return n;
}

static int
fd_read(struct stream *s, void *p, size_t size)
{
	if (is_drained(s)) {
		s->drained = STREAM_UNKNOWN;
		return -EAGAIN;
	}
	return note_read(s, sys_receive(s->watch.fd, p, size, NULL, 0, NULL), size);
}

static int
fd_write(struct stream *s, const struct str *pieces, size_t count)
{
	return note_write(s, sys_send(s->watch.fd, pieces, count, -1));
}

static int
passing_read(struct stream *s, void *p, size_t size)
{
	unsigned got, room = STREAM_FDS_MAX - s->fd_count;
	int n;

	if (is_drained(s)) {
		s->drained = STREAM_UNKNOWN;
		return -EAGAIN;
	}
	n = sys_receive(s->watch.fd, p, size, s->fds + s->fd_count, room, &got);
	s->fd_count += got;
	return note_read(s, n, size);
}

static int
passing_write(struct stream *s, const struct str *pieces, size_t count)
{
	int n = sys_send(s->watch.fd, pieces, count, s->fd_out);

	if (n > 0)
		s->fd_out = -1;
	return note_write(s, n);
}

static int
pipe_read(struct stream *s, void *p, size_t size)
{
	return sys_read(s->watch.fd, p, size);
}

static int
pipe_write(struct stream *s, const struct str *pieces, size_t count)
{
	return sys_write_pieces(s->watch.fd, pieces, count);
}

PARKS static int
fd_wait_in(struct stream *s, int64_t deadline)
{
	return watch_in(&s->watch, deadline);
}

PARKS static int
fd_wait_out(struct stream *s, int64_t deadline)
{
	return watch_out(&s->watch, deadline);
}

static int
fd_end_output(struct stream *s)
{
	return sys_shutdown_write(s->watch.fd);
}

static void
fd_close(struct stream *s)
{
	int fd = s->watch.fd;

	watch_close(&s->watch);
	sys_close(fd);
}

static const struct stream_ops fd_ops = {
	.read = fd_read,
	.write = fd_write,
	.wait_in = fd_wait_in,
	.wait_out = fd_wait_out,
	.end_output = fd_end_output,
	.close = fd_close,
};

static const struct stream_ops passing_ops = {
	.read = passing_read,
	.write = passing_write,
	.wait_in = fd_wait_in,
	.wait_out = fd_wait_out,
	.end_output = fd_end_output,
	.close = fd_close,
};

static const struct stream_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.wait_in = fd_wait_in,
	.wait_out = fd_wait_out,
	.close = fd_close,
};

static int
open_with(struct stream *s, int fd, const struct stream_ops *ops)
{
	stream_prepare(s, ops, NULL);
	return watch_open(&s->watch, fd);
}

int
stream_open(struct stream *s, int fd)
{
	return open_with(s, fd, &fd_ops);
}

int
stream_open_passing(struct stream *s, int fd)
{
	return open_with(s, fd, &passing_ops);
}

int
stream_open_pipe(struct stream *s, int fd)
{
	return open_with(s, fd, &pipe_ops);
}
