/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message that is too big, or already refused by cleanup, is still read to its end, since the
 * client hears nothing before; so is a chunk that is refused, since it comes without waiting for an
 * answer. But not without end: what a session sends for nothing has a budget, and then it is over.
 */
#include "smtpd/content.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "smtpd/access.h"
#include "smtpd/forward.h"

#define DROPPED_MIN    ((size_t)1024 * 1024)        /* the budget, beside the size of a message */
#define DROPPED_MAX    ((size_t)1024 * 1024 * 1024) /* where messages have no limit */
#define BYTES_PER_TURN ((size_t)256 * 1024)

/*
 * Each read may take smtpd_timeout; with smtpd_per_request_deadline all of them together, and a
 * second more for each smtpd_min_data_rate bytes that have come.
 */
static int64_t
read_deadline(const struct session *s, int64_t began, size_t received)
{
	int64_t rate = session_config_int(s, smtpd_min_data_rate);

	if (!session_config_bool(s, smtpd_per_request_deadline))
		return session_deadline(s);
	return began + session_config_time(s, smtpd_timeout) +
	       (int64_t)received / rate * TICKS_SECOND;
}

static size_t
dropped_max(const struct session *s)
{
	int64_t limit = session_config_int(s, message_size_limit);

	return limit > 0 ? (size_t)limit + DROPPED_MIN : DROPPED_MAX;
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
	if (!is_too_big(c)) {
		submission_add(&c->submission, piece);
		return;
	}
	c->session->dropped += piece.n;
	if (!was_too_big)
		submission_abort(&c->submission);
}

/* A sender that is as fast as we are keeps its socket full: then no read would ever park. */
PARKS static int
let_others(size_t received, size_t *yielded)
{
	if (received - *yielded < BYTES_PER_TURN)
		return 0;
	*yielded = received;
	return task_yield();
}

/* Reads once, at most `max` bytes. DOT_MORE: there may be more. Error: of the stream. */
PARKS static int
receive_some(struct content *c, size_t max)
{
	struct session *s = c->session;
	struct str bytes, rest, piece;
	enum dot_result result;
	int failed;

	failed = let_others(c->received, &c->yielded);
	if (failed == 0)
		failed = stream_peek(s->stream, 0, &bytes, read_deadline(s, c->began, c->received));
	if (failed < 0)
		return failed;
	bytes = str_part(bytes, 0, max);
	rest = bytes;
	while ((result = dot_read(&c->dots, &rest, &piece)) == DOT_PIECE)
		take_piece(c, piece);
	c->received += bytes.n - rest.n;
	s->after_bytes += bytes.n - rest.n;
	stream_consume(s->stream, bytes.n - rest.n);
	return (int)result;
}

/* Whether the message is of this host, for all we know or were told. */
static bool
is_trusted(const struct session *s)
{
	if (s->forward != NULL && s->forward->has_source)
		return s->forward->is_local;
	return access_completes_headers(s);
}

static unsigned
flags_of(const struct session *s)
{
	unsigned flags = 0;

	if (is_trusted(s))
		flags |= SUBMIT_TRUSTED;
	if (session_config_bool(s, smtpd_hide_client_session))
		flags |= SUBMIT_HIDE_CLIENT;
	return flags;
}

/* "name[address]", as far as it was said. */
static struct str
forward_client(struct session *s)
{
	AUTO(buf) text = BUF_INIT(SESSION_CLIENT_MAX);
	const struct forward *f = s->forward;
	int result;

	if (!f->has_client)
		return STR_NONE;
	result = buf_addf(&text, "%s", f->name[0] != '\0' ? f->name : "unknown");
	if (result == 0 && f->address[0] != '\0')
		result = buf_addf(&text, "[%s]", f->address);
	BUG_ON(result < 0);
	return arena_str(&s->transaction.arena, buf_str(&text));
}

static void
fill_envelope(struct session *s, struct message_submit *m)
{
	const struct transaction *t = &s->transaction;

	*m = (struct message_submit){
		.sender = t->sender,
		.flags = t->flags | flags_of(s),
		.protocol = session_protocol(s),
		.helo = buf_str(&s->helo),
		.client_name = str_of(s->peer->name),
		.client_address = str_of(s->peer->address),
		.client_port = s->peer->port,
		.envid = t->envid,
		.actions = s->access.actions,
		.actions_count = s->access.action_count,
		.size = t->declared_size < UINT64_MAX ? t->declared_size : 0,
		.recipients = t->recipients,
		.recipients_count = t->recipient_count,
	};
	submit_options_apply(&s->smtpd->options, m);
	if (s->forward != NULL) {
		m->forward_id = str_of(s->forward->ident);
		m->forward_client = forward_client(s);
	}
}

static void
begin(struct content *c, struct session *s)
{
	int64_t limit = session_config_int(s, message_size_limit);

	*c = (struct content){ .session = s, .began = run_now() };
	c->size_max = limit > 0 ? (size_t)limit : SIZE_MAX;
	fill_envelope(s, &c->envelope);
	submission_init(&c->submission, &s->smtpd->cleanup, &c->envelope,
	    (size_t)session_config_int(s, journal_message_limit));
}

void
content_open(struct content *c, struct session *s)
{
	begin(c, s);
	dot_reader_init(&c->dots, s->newline, !session_config_bool(s, cleanup_replace_stray_cr_lf));
}

void
content_open_chunks(struct content *c, struct session *s)
{
	begin(c, s);
	dot_reader_init_chunks(
	    &c->dots, s->newline, !session_config_bool(s, cleanup_replace_stray_cr_lf));
}

/* What has been read, as content_receive() answers it. */
static int
judge(struct content *c, int result, struct reply *r)
{
	struct session *s = c->session;

	if ((c->dots.saw & DOT_SAW_BARE_LF) != 0)
		s->saw_bare_lf = true;
	if (result < 0)
		return result;
	if (result == DOT_REFUSED) {
		session_refuse_bare_lf(s, r);
		return ERR_REFUSED;
	}
	if (is_too_big(c))
		reply_set(r, REPLY_TOO_BIG);
	return s->dropped <= dropped_max(s) ? 0 : ERR_TOO_LONG;
}

int
content_receive(struct content *c, struct reply *r)
{
	struct session *s = c->session;
	int result;

	r->code = 0;
	do
		result = receive_some(c, SIZE_MAX);
	while (result == DOT_MORE && s->dropped <= dropped_max(s));
	return judge(c, result, r);
}

int
content_receive_chunk(struct content *c, uint64_t n, struct reply *r)
{
	int result = DOT_MORE;

	r->code = 0;
	c->began = run_now();
	c->received = c->yielded = 0;
	while (result == DOT_MORE && c->received < n)
		result = receive_some(c, n - c->received);
	return judge(c, result, r);
}

/* What the rules for whole messages want to become of it. */
static void
add_actions(struct content *c)
{
	const struct access *a = &c->session->access;
	uint32_t known = c->envelope.actions_count;

	c->submission.end.actions = a->actions != NULL ? a->actions + known : NULL;
	c->submission.end.actions_count = a->action_count - known;
}

void
content_finish(struct content *c, struct reply *r)
{
	AUTO(buf) queue_id = BUF_INIT(32);
	AUTO(buf) size = BUF_INIT(32);
	struct session *s = c->session;

	s->after = "END-OF-MESSAGE";
	s->after_bytes = 0;
	if (c->dots.dots_are_plain)
		take_piece(c, dot_read_last(&c->dots));
	if (is_too_big(c)) {
		reply_set(r, REPLY_TOO_BIG);
		return;
	}
	if (!access_may_end(s, r))
		return;
	add_actions(c);
	submission_finish(&c->submission, r, &queue_id);
	if (c->dots.dots_are_plain && queue_id.n != 0 && buf_addf(&size, "%zu", c->size) == 0)
		reply_fill(r, REPLY_QUEUED_CHUNKS, buf_str(&size), buf_str(&queue_id));
}

void
content_close(struct content *c)
{
	submission_abort(&c->submission);
}

/* Reads once, at most `max` bytes. How many there were, or an error. */
PARKS static int
skip_some(struct session *s, size_t max, int64_t deadline)
{
	struct str bytes;
	int result =
	    stream_read(s->stream, max < STREAM_IN_MAX ? max : STREAM_IN_MAX, &bytes, deadline);

	if (result < 0)
		return result;
	s->after_bytes += bytes.n;
	return (int)bytes.n;
}

int
content_skip(struct session *s, uint64_t n)
{
	size_t received = 0, yielded = 0;
	int64_t began = run_now();
	int result = 0;

	if (n > dropped_max(s) || s->dropped + n > dropped_max(s))
		return ERR_TOO_LONG;
	s->dropped += n;
	while (received < n && result >= 0) {
		result = let_others(received, &yielded);
		if (result == 0)
			result = skip_some(s, n - received, read_deadline(s, began, received));
		if (result > 0)
			received += (size_t)result;
	}
	return result < 0 ? result : 0;
}
