/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
 * RFC 5321, section 4.1.1.2. Begins a transaction. A declared size beyond the limit is refused here
 * already (RFC 1870, section 6.1); a true one that passes it, at the end of data.
 */
#include "smtpd/access.h"
#include "smtpd/client_limits.h"
#include "smtpd/commands.h"
#include "smtpd/mail_rcpt.h"

static enum reply_id
check_state(const struct session *s)
{
	if (s->helo.n == 0 && session_config_bool(s, smtpd_helo_required))
		return REPLY_HELO_FIRST;
	return s->transaction.is_open ? REPLY_NESTED_MAIL : REPLY_NONE;
}

static enum reply_id
check_size(const struct session *s, uint64_t size)
{
	int64_t limit = session_config_int(s, message_size_limit);

	return limit > 0 && size > (uint64_t)limit ? REPLY_TOO_BIG_DECLARED : REPLY_NONE;
}

static enum reply_id
check(const struct session *s, struct str argument, struct arena *scratch, struct mail_from *mail,
    struct str *culprit)
{
	const struct envelope_rules rules = mail_rcpt_rules(s);
	enum reply_id id = check_state(s);

	if (id == REPLY_NONE)
		id = mail_from_parse(argument, &rules, scratch, mail, culprit);
	return id == REPLY_NONE ? check_size(s, mail->size) : id;
}

void
cmd_mail(struct session *s, const struct command *c, struct reply *r)
{
	AUTO(arena) scratch = ARENA_INIT(COMMAND_SCRATCH);
	AUTO(buf) sender = BUF_INIT(ADDRESS_MAX);
	AUTO(buf) given = BUF_INIT(2 * ADDRESS_MAX);
	struct str culprit = STR_NONE;
	struct mail_from mail;
	enum reply_id id;

	id = check(s, c->argument, &scratch, &mail, &culprit);
	if (id != REPLY_NONE) {
		mail_rcpt_refuse(s, c, id, culprit, r);
		return;
	}
	if (!client_limits_allow(s, CLIENT_MESSAGES, r))
		return;
	mail_rcpt_complete(&mail.sender, session_config_text(s, myorigin), &sender);
	transaction_begin(
	    &s->transaction, buf_str(&sender), mail_rcpt_given(&mail.sender, &given), &mail);
	if (access_may_send(s, r))
		reply_set(r, REPLY_SENDER_OK);
	else
		session_reset(s);
}
