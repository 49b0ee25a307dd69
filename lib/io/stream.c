/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers and waiting, over whatever moves the bytes (stream_ops).
 *
 * Input goes straight into the stream's own buffer, and views of it are handed out, so that a byte
 * is copied once, by the kernel. What was handed out is dropped when the next read needs more from
 * below. Before a wait the buffer is given back, or cut to what it holds: ten thousand silent
 * clients cost no input memory, and as many that sent half a line cost that half line.
 *
 * Output is sent by one task at a time; who comes meanwhile waits for its turn. A failure, a missed
 * deadline and a cancelled wait included, leaves it unknown how much the peer got, so the stream
 * cannot be written to any more. A read that would park answers the failure too: a peer that cannot
 * hear us has nothing to say that we should wait for.
 */
#include "lib/io/stream.h"

#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/io/stream_ops.h"
#include "lib/sys/file.h"

#define READ_STEP ((size_t)32 * 1024)
#define BIG       (STREAM_OUT_MAX / 2) /* output of this size is not worth a copy */

/* --- Opening and closing --------------------------------------------------------------------- */

void
stream_prepare(struct stream *s, const struct stream_ops *ops, void *context)
{
	*s = (struct stream){
		.ops = ops,
		.context = context,
		.watch.fd = -1,
		.in = BUF_INIT(STREAM_IN_MAX),
		.out = BUF_INIT(STREAM_OUT_MAX),
		.fd_out = -1,
	};
	cond_init(&s->turn);
}

void
stream_close(struct stream *s)
{
	const struct stream_ops *ops = s->ops;

	s->ops = NULL;
	if (ops != NULL)
		ops->close(s);
	for (unsigned i = 0; i < s->fd_count; i++)
		sys_close(s->fds[i]);
	s->fd_count = 0;
	buf_drop(&s->in);
	buf_drop(&s->out);
	s->in_used = 0;
}

/* --- Output ---------------------------------------------------------------------------------- */

/* Takes n bytes off what waits, then off *extra. */
static void
advance(struct stream *s, struct str *extra, size_t n)
{
	size_t waiting = n < s->out.n ? n : s->out.n;

	buf_consume(&s->out, waiting);
	*extra = str_from(*extra, n - waiting);
	if (s->out.n == 0)
		buf_drop(&s->out);
}

PARKS static int
send_all(struct stream *s, struct str extra, int64_t deadline)
{
	while (s->out.n + extra.n > 0) {
		const struct str pieces[2] = { buf_str(&s->out), extra };
		int n;

		if (s->ops == NULL)
			return ERR_CANCELLED;
		n = s->ops->write(s, pieces, 2);
		if (n == -EAGAIN)
			n = s->ops->wait_out(s, deadline);
		else if (n > 0)
			advance(s, &extra, (size_t)n);
		if (n < 0)
			return n;
	}
	return 0;
}

/* Sends what waits, then `extra`. */
PARKS static int
push(struct stream *s, struct str extra, int64_t deadline)
{
	int n;

	while (s->flushing && s->failed == 0) {
		n = cond_wait(&s->turn, deadline);
		if (n < 0)
			return n; /* nothing of `extra` has left: the stream is sound */
	}
	if (s->failed != 0)
		return s->failed;
	s->flushing = true;
	n = send_all(s, extra, deadline);
	if (n < 0)
		s->failed = n;
	s->flushing = false;
	cond_broadcast(&s->turn);
	return n;
}

int
stream_write(struct stream *s, struct str bytes, int64_t deadline)
{
	int n;

	if (s->failed != 0)
		return s->failed;
	if (bytes.n >= BIG)
		return push(s, bytes, deadline);
	while (bytes.n > STREAM_OUT_MAX - s->out.n) {
		n = push(s, STR_NONE, deadline);
		if (n < 0)
			return n;
	}
	n = buf_add(&s->out, bytes);
	BUG_ON(n < 0);
	return 0;
}

int
stream_printf(struct stream *s, int64_t deadline, const char *format, ...)
{
	AUTO(buf) text = BUF_INIT(STREAM_OUT_MAX);
	va_list ap;
	int n;

	va_start(ap, format);
	n = buf_addv(&text, format, ap);
	va_end(ap);
	return n < 0 ? n : stream_write(s, buf_str(&text), deadline);
}

int
stream_write_through(struct stream *s, struct str bytes, int64_t deadline)
{
	return push(s, bytes, deadline);
}

int
stream_flush(struct stream *s, int64_t deadline)
{
	if (s->failed != 0)
		return s->failed;
	return s->out.n > 0 || s->flushing ? push(s, STR_NONE, deadline) : 0;
}

int
stream_end_output(struct stream *s, int64_t deadline)
{
	int result = stream_flush(s, deadline);

	if (result < 0)
		return result;
	return s->ops->end_output != NULL ? s->ops->end_output(s) : ERR_UNSUPPORTED;
}

int
stream_write_fd(struct stream *s, int fd, int64_t deadline)
{
	while (s->fd_out >= 0) {
		int n = push(s, STR_NONE, deadline);

		if (n < 0)
			return n;
		BUG_ON(s->out.n == 0 && s->fd_out >= 0); /* no byte was written after the last */
	}
	s->fd_out = fd;
	return s->failed;
}

/* --- Input ----------------------------------------------------------------------------------- */

struct str
stream_buffered(const struct stream *s)
{
	return str_from(buf_str(&s->in), s->in_used);
}

void
stream_consume(struct stream *s, size_t n)
{
	BUG_ON(n > s->in.n - s->in_used);
	s->in_used += n;
}

void
stream_discard_input(struct stream *s)
{
	buf_drop(&s->in);
	s->in_used = 0;
}

/* Reads what comes, at least `want` bytes of it at once if they are there. */
static int
try_read(struct stream *s, size_t want)
{
	size_t left = s->in.max - s->in.n, ask = want > READ_STEP ? want : READ_STEP;
	size_t step = left < ask ? left : ask;
	char *room = buf_reserve(&s->in, step);
	int n;

	BUG_ON(room == NULL || step == 0);
	n = s->ops->read(s, room, step);
	if (n > 0)
		buf_grow(&s->in, (size_t)n);
	return n;
}

/* Sends what the peer may be waiting for, unless another task is at it. */
PARKS static int
send_replies(struct stream *s, int64_t deadline)
{
	if (s->failed != 0 || s->flushing || s->out.n == 0)
		return s->failed;
	return push(s, STR_NONE, deadline);
}

/* Nothing came: holds no more memory than needed, and waits. */
PARKS static int
await_input(struct stream *s, int64_t deadline)
{
	int n;

	buf_trim(&s->in);
	n = send_replies(s, deadline);
	if (n == 0 && s->ops != NULL)
		n = s->ops->wait_in(s, deadline);
	return n;
}

/* Adds at least one byte, `want` if they are there, to what is buffered; views end here. */
PARKS static int
fill(struct stream *s, size_t want, int64_t deadline)
{
	int n = 0;

	buf_consume(&s->in, s->in_used);
	s->in_used = 0;
	/* Nothing more is likely to be there: with the replies gone, no read is needed to know it. */
	if (s->drained == STREAM_SHORT)
		n = send_replies(s, deadline);
	while (n == 0) {
		if (s->at_eof)
			return ERR_EOF;
		if (s->ops == NULL)
			return ERR_CANCELLED; /* another task closed it while we waited */
		n = try_read(s, want);
		if (n == 0)
			s->at_eof = true;
		if (n == -EAGAIN)
			n = await_input(s, deadline);
	}
	return n < 0 ? n : 0;
}

/* The next n bytes, which are buffered. */
static struct str
take(struct stream *s, size_t n)
{
	struct str bytes = str_part(stream_buffered(s), 0, n);

	stream_consume(s, n);
	return bytes;
}

int
stream_read_line(struct stream *s, size_t max, struct str *line, int64_t deadline)
{
	size_t searched = 0;

	BUG_ON(max == 0 || max > STREAM_IN_MAX);
	for (;;) {
		struct str have = str_part(stream_buffered(s), 0, max);
		size_t end = searched + str_index(str_from(have, searched), '\n');
		int n;

		if (end < have.n) {
			*line = take(s, end + 1);
			return 0;
		}
		if (have.n == max) {
			*line = take(s, max);
			return ERR_TOO_LONG;
		}
		searched = have.n;
		n = fill(s, 1, deadline);
		if (n == ERR_EOF)
			stream_discard_input(s);
		if (n < 0)
			return n;
	}
}

int
stream_peek(struct stream *s, size_t have, struct str *bytes, int64_t deadline)
{
	if (have >= STREAM_IN_MAX)
		return ERR_TOO_LONG;
	while (stream_buffered(s).n <= have) {
		int n = fill(s, have + 1 - stream_buffered(s).n, deadline);

		if (n < 0)
			return n;
	}
	*bytes = stream_buffered(s);
	return 0;
}

int
stream_read(struct stream *s, size_t max, struct str *bytes, int64_t deadline)
{
	struct str some;
	int n = stream_peek(s, 0, &some, deadline);

	if (n < 0)
		return n;
	*bytes = take(s, some.n < max ? some.n : max);
	return 0;
}

int
stream_read_exact(struct stream *s, size_t n, struct str *bytes, int64_t deadline)
{
	BUG_ON(n > STREAM_IN_MAX);
	if (n > 0) {
		struct str all;
		int result = stream_peek(s, n - 1, &all, deadline);

		if (result < 0)
			return result;
	}
	*bytes = take(s, n);
	return 0;
}

int
stream_take_fd(struct stream *s)
{
	int fd;

	if (s->fd_count == 0)
		return -1;
	fd = s->fds[0];
	s->fd_count--;
	memmove(s->fds, s->fds + 1, s->fd_count * sizeof(*s->fds));
	return fd;
}
