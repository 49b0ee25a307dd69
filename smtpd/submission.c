/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker has one channel to cleanup, and messages of all sessions are interleaved on it: a
 * connection for each would cost both sides an accept, a registration and their wake-ups. When the
 * channel breaks, the requests in flight fail, each for itself, and the next message opens a new
 * one.
 *
 * Invariants:
 *	1. A message whose content_end was sent ends with a verdict or is reported as 451.
 *	2. A message whose submit was sent, but not its content_end, ends with content_abort, or with
 *	   the channel.
 *	3. A client hears 250 only from a verdict.
 */
#include "smtpd/submission.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

#define CONTENT_PIECE_MAX ((size_t)65536) /* of message.def */

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
	struct why why = WHY_INIT;

	u->failed = kept_caller_take(&u->link->caller, deadline, &u->channel, &why);
	if (u->failed < 0) {
		log_warning("cannot reach the cleanup service: %s", why.text);
		return;
	}
	u->failed = call_open(&u->call, kept_user_caller(u->channel), deadline);
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
	kept_caller_release(&u->link->caller, u->channel);
	u->channel = NULL;
}

/* Error: negative; *r is set otherwise. */
static int
read_verdict(const struct frame *answer, struct reply *r, struct buf *queue_id)
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
	return buf_add(queue_id, v.queue_id);
}

void
submission_finish(struct submission *u, struct reply *r, struct buf *queue_id)
{
	struct frame answer;

	if (u->channel == NULL && u->failed == 0)
		start(u);
	if (!submission_is_decided(u))
		send_frame(u, MESSAGE_NUMBER_content_end, &u->end);
	if (u->failed == 0)
		u->failed = call_wait(&u->call, &answer, run_deadline(u->link->timeout));
	if (u->failed == 0)
		u->failed = read_verdict(&answer, r, queue_id);
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
