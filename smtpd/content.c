/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From 354 to the end of data. A message that is too big, or already refused by cleanup, is still
 * read to its end, since the client hears nothing before; but not without end: after as much again
 * as would have been taken the session is over.
 */
#include "smtpd/content.h"

#include "lib/base/err.h"
#include "lib/run/run.h"

/* What may still come after the limit, where that is small or there is none. */
#define EXCESS_MIN ((size_t)1024 * 1024)

#define BYTES_PER_TURN ((size_t)256 * 1024)

struct content {
	struct session *session;
	struct submission *submission;
	struct dot_reader dots;
	int64_t began;
	size_t received; /* bytes from the wire */
	size_t yielded;  /* of those, when others last had their turn */
	size_t size;     /* of the content */
	size_t size_max;
	size_t received_max;
};

/*
 * Each read may take smtpd_timeout; with smtpd_per_request_deadline all of them together, and a
 * second more for each smtpd_min_data_rate bytes that have come.
 */
static int64_t
read_deadline(const struct content *c)
{
	const struct session *s = c->session;
	int64_t rate = session_config_int(s, smtpd_min_data_rate);

	if (!session_config_bool(s, smtpd_per_request_deadline))
		return session_deadline(s);
	return c->began + session_config_time(s, smtpd_timeout) +
	       (int64_t)c->received / rate * TICKS_SECOND;
}

static bool
is_too_big(const struct content *c)
{
	return c->size > c->size_max;
}

PARKS static void
take_piece(struct content *c, struct str piece)
{
	bool was_too_big = is_too_big(c);

	c->size += piece.n;
	if (!is_too_big(c))
		submission_add(c->submission, piece);
	else if (!was_too_big)
		submission_abort(c->submission);
}

/* A sender that is as fast as we are keeps its socket full: then no read would ever park. */
PARKS static int
let_others(struct content *c)
{
	if (c->received - c->yielded < BYTES_PER_TURN)
		return 0;
	c->yielded = c->received;
	return task_yield();
}

/* Reads once. DOT_MORE: the end has not come yet. Error: of the stream. */
PARKS static int
receive_some(struct content *c)
{
	struct stream *stream = c->session->stream;
	struct str bytes, rest, piece;
	enum dot_result result;
	int failed;

	failed = let_others(c);
	if (failed == 0)
		failed = stream_peek(stream, 0, &bytes, read_deadline(c));
	if (failed < 0)
		return failed;
	rest = bytes;
	while ((result = dot_read(&c->dots, &rest, &piece)) == DOT_PIECE)
		take_piece(c, piece);
	c->received += bytes.n - rest.n;
	c->session->after_bytes = c->received;
	stream_consume(stream, bytes.n - rest.n);
	return (int)result;
}

static void
content_init(struct content *c, struct session *s, struct submission *u)
{
	int64_t limit = session_config_int(s, message_size_limit);

	*c = (struct content){ .session = s, .submission = u, .began = run_now() };
	c->size_max = limit > 0 ? (size_t)limit : SIZE_MAX;
	c->received_max = SIZE_MAX;
	if (limit > 0)
		c->received_max = 2 * (size_t)limit + EXCESS_MIN;
	dot_reader_init(&c->dots, s->newline, !session_config_bool(s, cleanup_replace_stray_cr_lf));
}

int
content_receive(struct session *s, struct submission *u, struct reply *r)
{
	struct content c;
	int result;

	content_init(&c, s, u);
	r->code = 0;
	do
		result = receive_some(&c);
	while (result == DOT_MORE && c.received <= c.received_max);
	if ((c.dots.saw & DOT_SAW_BARE_LF) != 0)
		s->saw_bare_lf = true;
	if (result < 0)
		return result;
	if (result == DOT_REFUSED) {
		session_refuse_bare_lf(s, r);
		return ERR_REFUSED;
	}
	if (is_too_big(&c))
		reply_set(r, REPLY_TOO_BIG);
	return result == DOT_END ? 0 : ERR_TOO_LONG;
}
