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
	const struct transaction *t = &s->transaction;

	if (argument.n != 0)
		return REPLY_DATA_SYNTAX;
	if (t->chunks != CHUNKS_NONE) /* RFC 3030, section 2 */
		return REPLY_DATA_AFTER_BDAT;
	if (t->recipient_count != 0)
		return REPLY_NONE;
	return t->is_open ? REPLY_NO_VALID_RECIPIENTS : REPLY_NEED_RCPT;
}

/* 354, the content, the verdict. Error: the session cannot go on. */
PARKS static int
receive(struct session *s, struct content *c, struct reply *r)
{
	int result;

	reply_set(r, REPLY_DATA_GO_AHEAD);
	session_reply(s, r);
	if (s->end != SESSION_GOES_ON)
		return ERR_EOF;
	result = content_receive(c, r);
	if (result == 0 && r->code == 0)
		content_finish(c, r);
	return result;
}

void
cmd_data(struct session *s, const struct command *c, struct reply *r)
{
	enum reply_id id = check(s, c->argument);
	struct content content;
	int result;

	if (id != REPLY_NONE) {
		reply_set(r, id);
		return;
	}
	if (!access_may_bring(s, VERB_DATA, r))
		return;
	content_open(&content, s);
	result = receive(s, &content, r);
	content_close(&content);
	session_end_message(s, r);
	if (result < 0)
		session_fail(s, result);
}
