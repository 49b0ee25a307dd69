/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session is one task that reads a line, acts, replies (session_command.c), until it ends; where in
 * the code it stands is its state. Replies gather in the stream and leave when it waits for more, so
 * that pipelined commands are answered in one write.
 *
 * A session that waits for a command should cost little, since thousands do: between commands there
 * is no transaction memory, no buffer in the stream, and the functions that need much stack have
 * returned.
 */
#include "smtpd/session.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/service/service.h"
#include "lib/sys/log.h"
#include "smtpd/access.h"
#include "smtpd/client_limits.h"
#include "smtpd/content.h"
#include "smtpd/proxy.h"
#include "smtpd/refusal.h"
#include "smtpd/dialogue.h"

#define LINGER_TIME  (2 * TICKS_SECOND)
#define LINGER_BYTES ((size_t)16 * 1024 * 1024)
/* A greeting does not wait longer for a name. */
#define LOOK_UP_TIMEOUT (10 * TICKS_SECOND)

int64_t
session_deadline(const struct session *s)
{
	return run_deadline(session_config_time(s, smtpd_timeout));
}

struct str
session_protocol(const struct session *s)
{
	if ((s->transaction.flags & SUBMIT_SMTPUTF8) != 0)
		return STR("UTF8SMTP");
	return s->is_esmtp ? STR("ESMTP") : STR("SMTP");
}

void
session_fail(struct session *s, int code)
{
	if (s->end != SESSION_GOES_ON) /* a client that is gone behind its QUIT is not lost */
		return;
	if (code == ERR_TIMEOUT)
		s->end = SESSION_TIMEOUT;
	else if (code == ERR_REFUSED || code == ERR_TOO_LONG)
		s->end = SESSION_REFUSED;
	else if (code == ERR_CANCELLED)
		s->end = SESSION_CANCELLED;
	else
		s->end = SESSION_LOST;
}

void
session_meet(struct session *s, struct reply *r)
{
	access_begin(s);
	client_limits_leave(s);
	s->is_denied = false;
	if (!client_limits_enter(s, r)) {
		s->end = SESSION_ENDED;
		return;
	}
	s->is_denied = !access_may_connect(s, r);
	if (!s->is_denied)
		reply_fill(r, REPLY_GREETING, str_of(session_config_text(s, smtpd_banner)));
}

void
session_drop_content(struct session *s)
{
	struct content *c = s->content;

	s->content = NULL;
	if (c != NULL)
		content_close(c);
	mem_free(c);
}

void
session_reset(struct session *s)
{
	session_drop_content(s);
	mem_free(s->forward);
	s->forward = NULL;
	transaction_reset(&s->transaction);
	access_reset(&s->access);
}

void
session_end_message(struct session *s, const struct reply *r)
{
	session_reset(s);
	if (!reply_is_error(r)) {
		s->errors = s->junk = 0;
		s->dropped = 0;
	}
}

void
session_refuse_bare_lf(const struct session *s, struct reply *r)
{
	int64_t code = session_config_int(s, smtpd_forbid_bare_newline_reject_code);
	AUTO(buf) words = BUF_INIT(SESSION_AFTER_MAX);
	AUTO(buf) client = BUF_INIT(SESSION_CLIENT_MAX);
	struct str after = session_after(s, &words);

	log_info(
	    "bare <LF> received after %.*s from %s", STR_ARG(after), session_client(s, &client));
	reply_fill(r, REPLY_BARE_LF, str_of(session_config_text(s, myhostname)));
	r->code = (int)code;
	r->dsn = dsn_with_class(&r->dsn, r->code);
}

PARKS static void
send_reply(struct session *s, const struct reply *r)
{
	AUTO(buf) wire = BUF_INIT(4 * REPLY_TEXT_MAX);
	int result;

	result = reply_render(r, &wire);
	dialogue_said(s, buf_str(&wire));
	if (result == 0)
		result = stream_write(s->stream, buf_str(&wire), session_deadline(s));
	if (result < 0)
		session_fail(s, result);
}

void
session_reply(struct session *s, const struct reply *r)
{
	struct reply shaped = *r;

	if (s->errors >= (unsigned)session_config_int(s, smtpd_soft_error_limit) &&
	    task_sleep(run_deadline(session_config_time(s, smtpd_error_sleep_time))) < 0)
		session_fail(s, ERR_CANCELLED);
	refusal_shape(s, &shaped);
	if (reply_ends_session(&shaped) && s->end == SESSION_GOES_ON)
		s->end = SESSION_REFUSED;
	send_reply(s, &shaped);
}

PARKS NOINLINE static void
say(struct session *s, enum reply_id id, const char *words)
{
	struct reply r;

	reply_fill(&r, id, str_of(words));
	session_reply(s, &r);
}

/* Between commands: whether there may be one more. */
PARKS static bool
goes_on(struct session *s)
{
	const char *host = session_config_text(s, myhostname);

	if (s->end != SESSION_GOES_ON)
		return false;
	if (s->errors >= (unsigned)session_config_int(s, smtpd_hard_error_limit)) {
		say(s, REPLY_TOO_MANY_ERRORS, host);
		s->end = SESSION_ERRORS;
		return false;
	}
	if (service_is_stopping() && !s->transaction.is_open) {
		say(s, REPLY_SHUTTING_DOWN, host);
		s->end = SESSION_ENDED;
		return false;
	}
	return true;
}

PARKS NOINLINE static void
session_begin(struct session *s, struct smtpd *d, struct stream *stream, struct smtpd_peer *peer)
{
	struct reply r;
	int result;

	*s = (struct session){
		.smtpd = d,
		.config = d->config,
		.stream = stream,
		.peer = peer,
		.after = "CONNECT",
	};
	s->not_offered = d->ehlo_discarded | d->ehlo_absent;
	buf_init(&s->helo, SESSION_HELO_MAX);
	transaction_init(&s->transaction);
	result = d->behind_proxy ? proxy_read(d, stream, peer) : 0;
	if (result == 0 && d->looks_up)
		smtpd_peer_look_up(peer, &d->dns, run_deadline(LOOK_UP_TIMEOUT));
	session_log_connect(s);
	dialogue_begin(s);
	if (result == 0)
		session_meet(s, &r);
	else
		reply_fill(&r, REPLY_SERVER_ERROR, str_of(session_config_text(s, myhostname)));
	session_reply(s, &r);
}

/*
 * Closing a TCP socket that holds unread input makes the kernel reset the connection, and the client
 * may lose our last reply. So a client that we hang up on is told first that nothing more comes, and
 * heard for a while.
 */
PARKS static void
hang_up(struct session *s)
{
	int64_t deadline = run_deadline(LINGER_TIME);
	bool may_send = s->end == SESSION_REFUSED || s->end == SESSION_ERRORS;
	size_t heard = 0;
	struct str bytes;

	if (stream_flush(s->stream, session_deadline(s)) < 0 || !may_send ||
	    stream_end_output(s->stream, deadline) < 0)
		return;
	while (heard < LINGER_BYTES && stream_read(s->stream, STREAM_IN_MAX, &bytes, deadline) == 0)
		heard += bytes.n;
}

/* Last words, as far as they can still be said. */
PARKS NOINLINE static void
session_finish(struct session *s)
{
	const char *host = session_config_text(s, myhostname);

	if (s->end == SESSION_TIMEOUT)
		say(s, REPLY_TIMEOUT, host);
	else if (s->end == SESSION_CANCELLED)
		say(s, REPLY_SHUTTING_DOWN, host);
	if (s->end != SESSION_LOST)
		hang_up(s);
	session_log_end(s);
	client_limits_leave(s);
	session_reset(s);
	mem_free(s->claim);
	access_drop(&s->access);
	buf_drop(&s->helo);
}

void
smtpd_session(struct smtpd *d, struct stream *stream, struct smtpd_peer *peer)
{
	struct session s;

	session_begin(&s, d, stream, peer);
	while (goes_on(&s))
		session_serve_command(&s);
	session_finish(&s);
}
