/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Senders put frames into one queue of bytes; a task of the channel's own writes it out. The other
 * way, each sender writing its frame itself, would cost a write per frame, and would tear a frame
 * when its sender is cancelled or out of time in the middle of it: one session that ends would take
 * the channel of all others with it.
 *
 * A large text is not copied into the queue: its sender waits while the writer sends it from where
 * it is, and when it cannot wait any longer copies what is left. Invariants:
 *
 *  1. The output is `out` from out_used on, then `borrowed`, then nothing. Only the task that has set
 *     `sending` has lent `borrowed`, and it does not return before that is empty.
 *  2. `out` ends with whole frames, or, while `sending`, with the beginning of one.
 *  3. fd_at[] ascends; no entry is below `written`; a write never passes the next but begins there.
 *  4. Once `failed` is set, nothing more is written, and it stays.
 */
#include "lib/ipc/channel.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/ipc/encoder.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"

#define QUEUE_FULL ((size_t)64 * 1024) /* senders wait beyond that */
#define BIG        ((size_t)16 * 1024) /* texts of this size are lent, not copied */

/* --- Output ---------------------------------------------------------------------------------- */

static size_t
queued(const struct channel *c)
{
	return c->out.n - c->out_used;
}

static void
fail(struct channel *c, int why)
{
	if (c->failed == 0)
		c->failed = why;
	c->borrowed = STR_NONE;
	cond_broadcast(&c->progress);
}

/* How many bytes may go out before the next descriptor, or with it. */
static size_t
before_next_fd(struct channel *c)
{
	if (c->fd_count > 0 && c->fd_at[0] > c->written)
		return (size_t)(c->fd_at[0] - c->written);
	return c->fd_count > 1 ? (size_t)(c->fd_at[1] - c->written) : SIZE_MAX;
}

static void
forget_fd(struct channel *c)
{
	sys_close(c->fd_out[0]);
	c->fd_count--;
	memmove(c->fd_out, c->fd_out + 1, c->fd_count * sizeof(*c->fd_out));
	memmove(c->fd_at, c->fd_at + 1, c->fd_count * sizeof(*c->fd_at));
}

/* n bytes have left. */
static void
advance(struct channel *c, size_t n)
{
	size_t from_queue = n < queued(c) ? n : queued(c);

	c->written += n;
	c->out_used += from_queue;
	c->borrowed = str_from(c->borrowed, n - from_queue);
	if (queued(c) == 0 && c->out.n > QUEUE_FULL)
		buf_drop(&c->out);
	else if (c->out_used > c->out.n / 2)
		buf_consume(&c->out, c->out_used);
	else
		return;
	c->out_used = 0;
}

/* One write. A count, -EAGAIN, or a failure. */
static int
write_some(struct channel *c)
{
	size_t limit = before_next_fd(c);
	struct str queue = str_part(str_from(buf_str(&c->out), c->out_used), 0, limit);
	const struct str pieces[2] = { queue, str_part(c->borrowed, 0, limit - queue.n) };
	bool with_fd = c->fd_count > 0 && c->fd_at[0] == c->written;
	int n;

	log_flush(); /* what was logged before it was sent stands before what the peer logs of it */
	c->stream.fd_out = with_fd ? c->fd_out[0] : -1;
	n = c->stream.ops->write(&c->stream, pieces, 2);
	if (n <= 0)
		return n;
	if (with_fd)
		forget_fd(c);
	advance(c, (size_t)n);
	cond_broadcast(&c->progress);
	return n;
}

PARKS static void
write_out(void *arg)
{
	struct channel *c = arg;
	int n = 0;

	while (n >= 0) {
		if (queued(c) + c->borrowed.n == 0)
			n = cond_wait(&c->work, TICKS_NEVER);
		else
			n = write_some(c);
		if (n == -EAGAIN)
			n = c->stream.ops->wait_out(&c->stream, TICKS_NEVER);
	}
	fail(c, n);
}

/* --- Sending --------------------------------------------------------------------------------- */

PARKS static int
await_turn(struct channel *c, bool with_fd, int64_t deadline)
{
	while (c->failed == 0 && (c->sending || queued(c) > QUEUE_FULL ||
	                             (with_fd && c->fd_count == STREAM_FDS_MAX))) {
		int n = cond_wait(&c->progress, deadline);

		if (n < 0)
			return n;
	}
	return c->failed;
}

/* Waits until the writer has sent `text` from where it is; copies the rest when it cannot wait. */
PARKS static void
lend(struct channel *c, struct str text, int64_t deadline)
{
	c->borrowed = text;
	cond_signal(&c->work);
	while (c->borrowed.n > 0) {
		if (cond_wait(&c->progress, deadline) < 0) {
			int n = buf_add(&c->out, c->borrowed);

			BUG_ON(n < 0);
			c->borrowed = STR_NONE;
		}
	}
}

PARKS static void
enqueue(struct channel *c, struct encoder *e, int64_t deadline)
{
	struct str text;

	c->sending = true;
	while (encoder_next(e, &c->out, BIG, &text)) {
		if (c->failed == 0)
			lend(c, text, deadline);
	}
	c->sending = false;
	cond_signal(&c->work);
	cond_broadcast(&c->progress);
}

/* Takes fd. */
PARKS static int
send_with_fd(struct channel *c, struct encoder *e, int fd, int64_t deadline)
{
	int n = await_turn(c, fd >= 0, deadline);

	if (n < 0) {
		sys_close(fd);
		return n;
	}
	if (fd >= 0) {
		c->fd_at[c->fd_count] = c->written + queued(c);
		c->fd_out[c->fd_count++] = fd;
	}
	enqueue(c, e, deadline);
	return c->failed;
}

int
channel_send_fd(struct channel *c, enum message_number number, uint32_t request,
    const void *message, int fd, int64_t deadline)
{
	struct encoder e;
	int n = encoder_init(&e, number, message, request, fd >= 0);

	if (n < 0) {
		sys_close(fd);
		return n;
	}
	return send_with_fd(c, &e, fd, deadline);
}

int
channel_send(struct channel *c, enum message_number number, uint32_t request, const void *message,
    int64_t deadline)
{
	return channel_send_fd(c, number, request, message, -1, deadline);
}

int
channel_flush(struct channel *c, int64_t deadline)
{
	while (c->failed == 0 && queued(c) + c->borrowed.n > 0) {
		int n = cond_wait(&c->progress, deadline);

		if (n < 0)
			return n;
	}
	return c->failed;
}

/* --- Receiving ------------------------------------------------------------------------------- */

/* What was handed out last is not needed any more. */
static void
release(struct channel *c)
{
	stream_consume(&c->stream, c->in_use);
	c->in_use = 0;
	sys_close(c->fd_in);
	c->fd_in = -1;
	if (c->in_is_whole)
		buf_drop(&c->in);
	c->in_is_whole = false;
}

/* A frame too large for the stream's buffer, `size` bytes; may be called again after a failure. */
PARKS static int
collect(struct channel *c, size_t size, int64_t deadline)
{
	while (c->in.n < size) {
		struct str bytes;
		int n = stream_read(&c->stream, size - c->in.n, &bytes, deadline);

		if (n == 0)
			n = buf_add(&c->in, bytes);
		if (n < 0)
			return n;
	}
	c->in_is_whole = true;
	return 0;
}

PARKS static int
await_frame(struct channel *c, struct frame *f, int64_t deadline)
{
	struct str have = c->in.n > 0 ? buf_str(&c->in) : stream_buffered(&c->stream);
	size_t size;
	int n;

	while ((n = frame_split(have, c->frame_max, f, &size)) == 0) {
		if (size > STREAM_IN_MAX)
			n = collect(c, size, deadline);
		else
			n = stream_peek(&c->stream, size - 1, &have, deadline);
		if (n == -ECONNRESET) /* it closed without having read everything */
			n = ERR_EOF;
		if (n < 0)
			return n == ERR_EOF && have.n > 0 ? ERR_PROTOCOL : n;
		if (c->in.n > 0)
			have = buf_str(&c->in);
	}
	c->in_use = n > 0 && !c->in_is_whole ? size : 0;
	return n < 0 ? n : 0;
}

int
channel_receive(struct channel *c, struct frame *f, int64_t deadline)
{
	int n;

	release(c);
	n = await_frame(c, f, deadline);
	if (n < 0)
		return n;
	if (f->fds > 0) {
		c->fd_in = stream_take_fd(&c->stream);
		if (c->fd_in < 0)
			return ERR_PROTOCOL;
	}
	return 0;
}

int
channel_take_fd(struct channel *c)
{
	int fd = c->fd_in;

	c->fd_in = -1;
	return fd;
}

/* --- Opening and closing --------------------------------------------------------------------- */

static void
prepare(struct channel *c, const struct channel_options *o)
{
	buf_init(&c->out, FRAME_MAX + QUEUE_FULL);
	c->out_used = 0;
	c->borrowed = STR_NONE;
	cond_init(&c->work);
	cond_init(&c->progress);
	group_init(&c->writer);
	c->sending = false;
	c->failed = 0;
	c->fd_count = 0;
	c->written = 0;
	c->frame_max = o->frame_max != 0 ? o->frame_max : FRAME_MAX;
	buf_init(&c->in, c->frame_max);
	c->in_is_whole = false;
	c->in_use = 0;
	c->fd_in = -1;
	c->peer[0] = c->protocol[0] = '\0';
	c->peer_capacity = 0;
}

/* The first word of ours that is also one of theirs. */
static bool
agree(struct str ours, struct str theirs, struct str *word)
{
	while (str_word(&ours, " ", word)) {
		struct str rest = theirs, other;

		while (str_word(&rest, " ", &other)) {
			if (str_equal(*word, other))
				return true;
		}
	}
	return false;
}

static int
check_hello(
    struct channel *c, const struct frame *f, const struct channel_options *o, struct why *why)
{
	struct message_hello hello;
	struct str word;
	int n = message_decode_hello(f, NULL, &hello);

	if (n < 0) {
		why_set(why, "the peer's first message is not a greeting (%s)",
		    message_name(f->number));
		return n;
	}
	if (!agree(str_of(o->protocol), hello.protocol, &word) ||
	    hello.version != CHANNEL_VERSION) {
		why_set(why, "%.*s speaks protocol %.*s version %u, we speak %s version %d",
		    STR_ARG(hello.peer), STR_ARG(hello.protocol), (unsigned)hello.version,
		    o->protocol, CHANNEL_VERSION);
		return ERR_PROTOCOL;
	}
	snprintf(c->protocol, sizeof(c->protocol), "%.*s", STR_ARG(word));
	memcpy(c->peer, hello.peer.p, hello.peer.n);
	c->peer[hello.peer.n] = '\0';
	c->peer_capacity = hello.capacity;
	return 0;
}

PARKS static int
greet(struct channel *c, const struct channel_options *o, int64_t deadline, struct why *why)
{
	const struct message_hello hello = {
		.protocol = str_of(o->protocol),
		.version = CHANNEL_VERSION,
		.peer = str_part(str_of(o->program), 0, CHANNEL_PEER_MAX),
		.capacity = o->capacity,
	};
	struct frame f;
	int n = channel_send_hello(c, 0, &hello, deadline);

	if (n == 0)
		n = channel_receive(c, &f, deadline);
	if (n == 0) {
		n = check_hello(c, &f, o, why);
		if (n < 0)
			return n; /* with its own words */
		n = channel_flush(c, deadline);
	}
	if (n < 0)
		why_set(why, "no greeting from the peer: %s", err_text(n));
	return n;
}

int
channel_open_stream(
    struct channel *c, const struct channel_options *o, int64_t deadline, struct why *why)
{
	int n;

	prepare(c, o);
	n = task_start(&c->writer, "channel writer", write_out, c);
	if (n < 0)
		why_set(why, "cannot start the writer of a channel: %s", err_text(n));
	else
		n = greet(c, o, deadline, why);
	if (n < 0)
		channel_close(c);
	return n;
}

int
channel_open(
    struct channel *c, int fd, const struct channel_options *o, int64_t deadline, struct why *why)
{
	int n = stream_open_passing(&c->stream, fd);

	if (n < 0) {
		why_set(why, "cannot watch a channel: %s", err_text(n));
		sys_close(fd);
		return n;
	}
	return channel_open_stream(c, o, deadline, why);
}

void
channel_close(struct channel *c)
{
	fail(c, ERR_CANCELLED);
	group_end(&c->writer);
	if (c->stream.ops != NULL)
		release(c);
	stream_close(&c->stream);
	while (c->fd_count > 0)
		forget_fd(c);
	buf_drop(&c->out);
	buf_drop(&c->in);
	c->out_used = 0;
}

int
channel_check_peer(int fd, const uid_t *uids, size_t count, struct why *why)
{
	struct peer_ids ids;
	int n = sys_peer_ids(fd, &ids);

	if (n < 0) {
		why_set(why, "cannot find out who the peer is: %s", err_text(n));
		return n;
	}
	if (ids.uid == 0 || ids.uid == sys_effective_uid())
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (ids.uid == uids[i])
			return 0;
	}
	why_set(
	    why, "process %d of user %u may not use this socket", (int)ids.pid, (unsigned)ids.uid);
	return ERR_REFUSED;
}

bool
channel_peer_went(int result)
{
	return result == ERR_EOF || result == -EPIPE || result == -ECONNRESET ||
	       result == ERR_CANCELLED;
}
