/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two ends of one stream in memory, for tests: what a socket does, its full buffer and its closed
 * peer included, without one. Descriptors pass too, duplicated as the kernel would.
 */
#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "lib/io/stream.h"
#include "lib/io/stream_ops.h"
#include "lib/sys/file.h"

/* One direction. */
struct lane {
	struct buf bytes;
	struct cond changed;
	bool no_writer, no_reader;
	int fds[STREAM_FDS_MAX];
	unsigned fd_count;
};

struct pair {
	struct lane lanes[2];
	unsigned open; /* ends */
};

/* What one of the two streams has for its context. */
struct end {
	struct pair *pair;
	struct lane *in, *out;
};

static void
take_fds(struct stream *s, struct lane *in)
{
	for (unsigned i = 0; i < in->fd_count; i++) {
		if (s->fd_count < STREAM_FDS_MAX)
			s->fds[s->fd_count++] = in->fds[i];
		else
			sys_close(in->fds[i]);
	}
	in->fd_count = 0;
}

static int
pair_read(struct stream *s, void *p, size_t size)
{
	struct lane *in = ((struct end *)s->context)->in;
	size_t n = in->bytes.n < size ? in->bytes.n : size;

	if (n == 0)
		return in->no_writer ? 0 : -EAGAIN;
	memcpy(p, in->bytes.p, n);
	buf_consume(&in->bytes, n);
	take_fds(s, in);
	cond_broadcast(&in->changed);
	return (int)n;
}

static int
give_fd(struct stream *s, struct lane *out)
{
	int copy;

	if (s->fd_out < 0)
		return 0;
	if (out->fd_count == STREAM_FDS_MAX)
		return -EAGAIN;
	copy = sys_dup(s->fd_out);
	if (copy < 0)
		return copy;
	out->fds[out->fd_count++] = copy;
	s->fd_out = -1;
	return 0;
}

static int
pair_write(struct stream *s, const struct str *pieces, size_t count)
{
	struct lane *out = ((struct end *)s->context)->out;
	size_t room = out->bytes.max - out->bytes.n, before = room;
	int n;

	if (out->no_reader || out->no_writer)
		return -EPIPE;
	if (room == 0)
		return -EAGAIN;
	n = give_fd(s, out);
	if (n < 0)
		return n;
	for (size_t i = 0; i < count && room > 0; i++) {
		struct str some = str_part(pieces[i], 0, room);

		n = buf_add(&out->bytes, some);
		BUG_ON(n < 0);
		room -= some.n;
	}
	cond_broadcast(&out->changed);
	return (int)(before - room);
}

PARKS static int
pair_wait_in(struct stream *s, int64_t deadline)
{
	return cond_wait(&((struct end *)s->context)->in->changed, deadline);
}

PARKS static int
pair_wait_out(struct stream *s, int64_t deadline)
{
	return cond_wait(&((struct end *)s->context)->out->changed, deadline);
}

static int
pair_end_output(struct stream *s)
{
	struct lane *out = ((struct end *)s->context)->out;

	out->no_writer = true;
	cond_broadcast(&out->changed);
	return 0;
}

static void
drop_lane(struct lane *lane)
{
	for (unsigned i = 0; i < lane->fd_count; i++)
		sys_close(lane->fds[i]);
	buf_drop(&lane->bytes);
}

static void
pair_close(struct stream *s)
{
	struct end *end = s->context;
	struct pair *pair = end->pair;

	end->out->no_writer = true;
	end->in->no_reader = true;
	cond_broadcast(&end->out->changed);
	cond_broadcast(&end->in->changed);
	mem_free(end);
	s->context = NULL;
	if (--pair->open > 0)
		return;
	drop_lane(&pair->lanes[0]);
	drop_lane(&pair->lanes[1]);
	mem_free(pair);
}

static const struct stream_ops pair_ops = {
	.read = pair_read,
	.write = pair_write,
	.wait_in = pair_wait_in,
	.wait_out = pair_wait_out,
	.end_output = pair_end_output,
	.close = pair_close,
};

static void
open_end(struct stream *s, struct pair *pair, int side)
{
	struct end *end = NEW(struct end);

	*end = (struct end){
		.pair = pair,
		.in = &pair->lanes[side],
		.out = &pair->lanes[1 - side],
	};
	stream_prepare(s, &pair_ops, end);
}

void
stream_open_pair(struct stream *a, struct stream *b, size_t capacity)
{
	struct pair *pair = NEW(struct pair);

	BUG_ON(capacity == 0);
	pair->open = 2;
	for (int i = 0; i < 2; i++) {
		buf_init(&pair->lanes[i].bytes, capacity);
		cond_init(&pair->lanes[i].changed);
	}
	open_end(a, pair, 0);
	open_end(b, pair, 1);
}
