/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forwarding is rare beside delivery, so each message gets a connection of its own to cleanup. What
 * is not known to be committed is deferred, and may go out twice: RFC 1047 names the window.
 */
#include "local/forward.h"

#include "lib/base/err.h"
#include "lib/io/connect.h"
#include "lib/ipc/caller.h"
#include "lib/run/run.h"
#include "local/trace_headers.h"

#define CLEANUP          "public/cleanup"
#define CONNECT_MAX      (10 * TICKS_SECOND)
#define SUBMIT_MAX       (5 * TICKS_MINUTE)
#define FLAGS_OF_CONTENT (SUBMIT_SMTPUTF8 | SUBMIT_8BITMIME)
#define FLAGS_KEPT       (FLAGS_OF_CONTENT | SUBMIT_RET_FULL | SUBMIT_RET_HDRS)
#define CONTENT_MAX      ((size_t)65536) /* of message.def */

PARKS static int
open_caller(struct caller *r, struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT,
		.program = "local",
		.capacity = 1,
	};
	int64_t deadline = run_deadline(CONNECT_MAX);
	int fd;
	int result = connect_unix(CLEANUP, &fd, deadline);

	if (result < 0) {
		why_set(why, "%s: %s", CLEANUP, err_text(result));
		return result;
	}
	return caller_open(r, fd, &options, deadline, why);
}

PARKS static int
send_envelope(const struct forward *f, struct call *k, int64_t deadline)
{
	const struct message_deliver *d = &f->request->deliver;
	bool is_list = !str_equal(f->sender, d->sender); /* RFC 3461, 5.2.7.3 */
	uint32_t kept = is_list ? FLAGS_OF_CONTENT : FLAGS_KEPT;
	struct message_submit m = {
		.sender = f->sender,
		.flags =
		    SUBMIT_INTERNAL | (d->flags & kept) | (f->is_final ? SUBMIT_NO_ALIASES : 0),
		.envid = is_list ? STR_NONE : d->envid,
		.recipients = f->recipients,
		.recipients_count = f->count,
	};

	return call_send(k, MESSAGE_NUMBER_submit, &m, deadline);
}

PARKS static int
send_piece(struct call *k, struct str bytes, int64_t deadline)
{
	int result = 0;

	while (bytes.n != 0 && result == 0) {
		struct message_content m = { .bytes = str_part(bytes, 0, CONTENT_MAX) };

		bytes = str_from(bytes, m.bytes.n);
		result = call_send(k, MESSAGE_NUMBER_content, &m, deadline);
	}
	return result;
}

PARKS static int
send_content(const struct forward *f, struct call *k, int64_t deadline)
{
	AUTO(buf) header = BUF_INIT(TRACE_HEADERS_MAX);
	struct content_reader r;
	struct str piece;
	int result = 0;

	if (f->delivered_to.n != 0)
		result = trace_headers_add_delivered(&header, f->delivered_to);
	if (result == 0)
		result = send_piece(k, buf_str(&header), deadline);
	content_start(&r, &f->request->content);
	while (result == 0 && !call_has_answer(k)) {
		result = content_next(&r, &piece);
		if (result <= 0)
			break;
		result = send_piece(k, piece, deadline);
	}
	content_stop(&r);
	return result;
}

static int
read_verdict(const struct frame *answer, struct outcome *out)
{
	struct message_verdict v;
	int result;

	if (answer->number != MESSAGE_NUMBER_verdict)
		return ERR_PROTOCOL;
	result = message_decode_verdict(answer, NULL, &v);
	if (result < 0)
		return result;
	if (v.code / 100 == 2)
		outcome_set(out, "2.0.0", "forwarded as %.*s", STR_ARG(v.queue_id));
	else
		outcome_take(
		    out, v.code / 100 == 5 ? OUTCOME_BOUNCED : OUTCOME_DEFERRED, v.dsn, v.text);
	return 0;
}

PARKS static int
submit(const struct forward *f, struct caller *r, struct outcome *out)
{
	static const struct message_content_end content_end;
	int64_t deadline = run_deadline(SUBMIT_MAX);
	struct frame answer;
	struct call k;
	int result = call_open(&k, r, deadline);

	if (result < 0)
		return result;
	result = send_envelope(f, &k, deadline);
	if (result == 0)
		result = send_content(f, &k, deadline);
	if (result == 0 && !call_has_answer(&k))
		result = call_send(&k, MESSAGE_NUMBER_content_end, &content_end, deadline);
	if (result == 0)
		result = call_wait(&k, &answer, deadline);
	if (result == 0)
		result = read_verdict(&answer, out);
	call_close(&k);
	return result;
}

void
forward_submit(const struct forward *f, struct outcome *out)
{
	struct why why = WHY_INIT;
	struct caller r;
	int result = open_caller(&r, &why);

	if (result < 0) {
		outcome_set(out, "4.3.0", "cannot reach the cleanup service: %s", why.text);
		return;
	}
	result = submit(f, &r, out);
	if (result < 0)
		outcome_set(out, "4.3.0", "cannot forward the message: %s", err_text(result));
	caller_close(&r);
}
