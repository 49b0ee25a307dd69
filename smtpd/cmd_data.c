/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	data = "DATA" CRLF
 * RFC 5321, section 4.1.1.4. The transaction ends here, however it ends: what follows begins a new
 * one or is out of order.
 */
#include "lib/base/err.h"
#include "smtpd/access.h"
#include "smtpd/commands.h"
#include "smtpd/content.h"

static enum reply_id
check(const struct session *s, struct str argument)
{
	if (argument.n != 0)
		return REPLY_DATA_SYNTAX;
	if (s->transaction.recipient_count != 0)
		return REPLY_NONE;
	return s->transaction.is_open ? REPLY_NO_VALID_RECIPIENTS : REPLY_NEED_RCPT;
}

static void
fill_envelope(const struct session *s, struct message_submit *m)
{
	const struct transaction *t = &s->transaction;

	*m = (struct message_submit){
		.sender = t->sender,
		.flags = t->flags | (access_completes_headers(s) ? (unsigned)SUBMIT_TRUSTED : 0),
		.protocol = session_protocol(s),
		.helo = buf_str(&s->helo),
		.client_name = str_of(s->peer->name),
		.client_address = str_of(s->peer->address),
		.envid = t->envid,
		.size = t->declared_size < UINT64_MAX ? t->declared_size : 0,
		.recipients = t->recipients,
		.recipients_count = t->recipient_count,
	};
}

/* 354, the content, the verdict. Error: the session cannot go on. */
PARKS static int
receive(struct session *s, struct submission *u, struct reply *r)
{
	int result;

	reply_set(r, REPLY_DATA_GO_AHEAD);
	session_reply(s, r);
	if (s->end != SESSION_GOES_ON)
		return ERR_EOF;
	result = content_receive(s, u, r);
	if (result < 0)
		return result;
	s->after = "END-OF-MESSAGE";
	s->after_bytes = 0;
	if (r->code != 0)
		return 0;
	submission_finish(u, r);
	return 0;
}

void
cmd_data(struct session *s, const struct command *c, struct reply *r)
{
	enum reply_id id = check(s, c->argument);
	struct message_submit envelope;
	struct submission submission;
	int result;

	if (id != REPLY_NONE) {
		reply_set(r, id);
		return;
	}
	fill_envelope(s, &envelope);
	submission_init(&submission, &s->smtpd->cleanup, &envelope,
	    (size_t)session_config_int(s, journal_message_limit));
	result = receive(s, &submission, r);
	submission_abort(&submission);
	transaction_reset(&s->transaction);
	if (result < 0)
		session_fail(s, result);
	else if (!reply_is_error(r))
		s->errors = s->junk = 0;
}
