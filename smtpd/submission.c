/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker has one channel to cleanup, and messages of all sessions are interleaved on it: a
 * connection for each would cost both sides an accept, a registration and their wake-ups. When the
 * channel breaks, the requests in flight fail, each for itself, and the next message opens a new
 * one. The old one lives until the last request that used it has ended, so it counts its users.
 *
 * Invariants:
 *	1. A message whose content_end was sent ends with a verdict or is reported as 451.
 *	2. A message whose submit was sent, but not its content_end, ends with content_abort, or with
 *	   the channel.
 *	3. A client hears 250 only from a verdict.
 */
#include "smtpd/submission.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/io/connect.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

#define CONTENT_PIECE_MAX ((size_t)65536) /* of message.def */

struct cleanup_channel {
	struct caller caller;
	unsigned users;
};

PARKS static int
open_socket(void *context, struct caller *r, int64_t deadline, struct why *why)
{
	const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT,
		.program = log_program(), /* cleanup logs in our name */
		.capacity = 1,
	};
	const char *path = context;
	int fd, result;

	result = connect_unix(path, &fd, deadline);
	if (result < 0) {
		why_set(why, "%s: %s", path, err_text(result));
		return result;
	}
	return caller_open(r, fd, &options, deadline, why);
}

void
cleanup_link_init(struct cleanup_link *l, const char *path, int64_t timeout)
{
	*l = (struct cleanup_link){
		.open = open_socket,
		.context = mem_strdup(path),
		.timeout = timeout,
	};
	cond_init(&l->opened);
}

PARKS static void
channel_free(struct cleanup_channel *c)
{
	caller_close(&c->caller);
	mem_free(c);
}

void
cleanup_link_drop(struct cleanup_link *l)
{
	struct cleanup_channel *c = l->current;

	l->current = NULL;
	if (c != NULL) {
		BUG_ON(c->users != 0);
		channel_free(c);
	}
	if (l->open == open_socket)
		mem_free(l->context);
}

static bool
is_usable(const struct cleanup_channel *c)
{
	return c != NULL && caller_is_open(&c->caller);
}

/* A user less; the last one of a channel that is not the current one any more closes it. */
PARKS static void
release(struct cleanup_link *l, struct cleanup_channel *c)
{
	BUG_ON(c->users == 0);
	c->users--;
	if (c->users == 0 && c != l->current)
		channel_free(c);
}

/* Puts a new channel in the place of none, or of one that broke. */
PARKS static int
open_channel(struct cleanup_link *l, int64_t deadline)
{
	struct cleanup_channel *c = NEW(struct cleanup_channel), *old = l->current;
	struct why why = WHY_INIT;
	int result;

	l->current = NULL;
	if (old != NULL && old->users == 0)
		channel_free(old);
	result = l->open(l->context, &c->caller, deadline, &why);
	if (result < 0) {
		log_warning("cannot reach the cleanup service: %s", why.text);
		mem_free(c);
		return result;
	}
	l->current = c;
	return 0;
}

/* A channel to use, and one user more of it. */
PARKS static int
acquire(struct cleanup_link *l, int64_t deadline, struct cleanup_channel **out)
{
	int result = 0;

	while (l->is_opening && result == 0)
		result = cond_wait(&l->opened, deadline);
	if (result < 0)
		return result;
	if (!is_usable(l->current)) {
		l->is_opening = true;
		result = open_channel(l, deadline);
		l->is_opening = false;
		cond_broadcast(&l->opened);
		if (result < 0)
			return result;
	}
	l->current->users++;
	*out = l->current;
	return 0;
}

void
submission_init(struct submission *u, struct cleanup_link *l, const struct message_submit *envelope,
    size_t gather_max)
{
	*u = (struct submission){ .link = l, .envelope = envelope };
	buf_init(&u->gathered, gather_max);
}

PARKS static void
send_frame(struct submission *u, enum message_number number, const void *message)
{
	if (u->failed == 0)
		u->failed = call_send(&u->call, number, message, run_deadline(u->link->timeout));
}

PARKS static void
send_content(struct submission *u, struct str bytes)
{
	struct message_content content;

	while (bytes.n != 0 && u->failed == 0) {
		content.bytes = str_part(bytes, 0, CONTENT_PIECE_MAX);
		bytes = str_from(bytes, content.bytes.n);
		send_frame(u, MESSAGE_NUMBER_content, &content);
	}
}

/* Sends the envelope, and what was gathered. */
PARKS static void
start(struct submission *u)
{
	int64_t deadline = run_deadline(u->link->timeout);

	u->failed = acquire(u->link, deadline, &u->channel);
	if (u->failed < 0)
		return;
	u->failed = call_open(&u->call, &u->channel->caller, deadline);
	send_frame(u, MESSAGE_NUMBER_submit, u->envelope);
	send_content(u, buf_str(&u->gathered));
}

void
submission_add(struct submission *u, struct str piece)
{
	if (submission_is_decided(u))
		return;
	if (u->channel == NULL && buf_add(&u->gathered, piece) == 0)
		return;
	if (u->channel == NULL) {
		start(u);
		buf_drop(&u->gathered);
	}
	send_content(u, piece);
}

bool
submission_is_decided(const struct submission *u)
{
	return u->failed < 0 || (u->channel != NULL && call_has_answer(&u->call));
}

PARKS static void
end(struct submission *u)
{
	buf_drop(&u->gathered);
	if (u->channel == NULL)
		return;
	call_close(&u->call);
	release(u->link, u->channel);
	u->channel = NULL;
}

/* Error: negative; *r is set otherwise. */
static int
read_verdict(const struct frame *answer, struct reply *r)
{
	struct message_verdict v;
	int result;

	if (answer->number != MESSAGE_NUMBER_verdict)
		return ERR_PROTOCOL;
	result = message_decode_verdict(answer, NULL, &v);
	if (result < 0)
		return result;
	if (v.code / 100 != 2) {
		reply_make(r, (int)v.code, v.dsn, v.text);
		return 0;
	}
	if (v.queue_id.n == 0)
		return ERR_PROTOCOL;
	reply_fill(r, REPLY_QUEUED, v.queue_id);
	return 0;
}

void
submission_finish(struct submission *u, struct reply *r)
{
	static const struct message_content_end content_end;
	struct frame answer;

	if (u->channel == NULL && u->failed == 0)
		start(u);
	if (!submission_is_decided(u))
		send_frame(u, MESSAGE_NUMBER_content_end, &content_end);
	if (u->failed == 0)
		u->failed = call_wait(&u->call, &answer, run_deadline(u->link->timeout));
	if (u->failed == 0)
		u->failed = read_verdict(&answer, r);
	if (u->failed < 0) {
		log_warning("no verdict from the cleanup service: %s", err_text(u->failed));
		reply_set(r, REPLY_NOT_QUEUED);
	}
	end(u);
}

void
submission_abort(struct submission *u)
{
	static const struct message_content_abort content_abort;

	if (u->channel != NULL && !submission_is_decided(u))
		send_frame(u, MESSAGE_NUMBER_content_abort, &content_abort);
	end(u);
}
