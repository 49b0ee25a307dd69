/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path )
 *	       [SP Rcpt-parameters] CRLF
 * RFC 5321, section 4.1.1.3. Adds a recipient, if there may be more, and if we take mail for it. A
 * recipient that is refused leaves the transaction as it was.
 */
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "smtpd/access.h"
#include "smtpd/client_limits.h"
#include "smtpd/commands.h"
#include "smtpd/mail_rcpt.h"

/* Excess recipients get 452, which tells the client to send them in a message of their own. */
static enum reply_id
check_room(const struct session *s)
{
	int64_t limit = session_config_int(s, smtpd_recipient_limit);

	return s->transaction.recipient_count >= limit ? REPLY_TOO_MANY_RECIPIENTS : REPLY_NONE;
}

static enum reply_id
check(const struct session *s, struct str argument, struct arena *scratch, struct rcpt_to *rcpt,
    struct str *culprit)
{
	const struct envelope_rules rules = mail_rcpt_rules(s);
	enum reply_id id;

	if (!s->transaction.is_open)
		return REPLY_NEED_MAIL;
	if (s->transaction.chunks != CHUNKS_NONE)
		return REPLY_RCPT_AFTER_BDAT;
	id = check_room(s);
	if (id == REPLY_NONE)
		id = rcpt_to_parse(argument, &rules, scratch, rcpt, culprit);
	if (id == REPLY_NONE && rcpt->recipient.utf8 &&
	    (s->transaction.flags & SUBMIT_SMTPUTF8) == 0)
		return REPLY_NEED_SMTPUTF8;
	return id;
}

static bool
is_bare_postmaster(const struct address *a)
{
	return a->domain.n == 0 && str_equal_nocase(a->local, STR("postmaster"));
}

/* The domain that completes a recipient without one: of a bare postmaster, one that is ours. */
PARKS static const char *
domain_for(struct session *s, const struct address *a)
{
	const char *origin = session_config_text(s, myorigin);
	enum route_class class_ = ROUTE_DEFAULT;
	struct why why = WHY_INIT;

	if (!is_bare_postmaster(a))
		return origin;
	if (route_classify(s->smtpd->router, str_of(origin), &class_,
	        run_deadline(session_config_time(s, ipc_timeout)), &why) < 0)
		log_warning("postmaster: %s", why.text);
	return class_ == ROUTE_DEFAULT ? session_config_text(s, myhostname) : origin;
}

static void
refuse(struct session *s, const struct command *c, enum reply_id id, struct str culprit,
    struct reply *r)
{
	if (id == REPLY_TOO_MANY_RECIPIENTS && s->transaction.refused_count++ > 0)
		reply_set(r, id); /* logged the first time */
	else
		mail_rcpt_refuse(s, c, id, culprit, r);
}

void
cmd_rcpt(struct session *s, const struct command *c, struct reply *r)
{
	AUTO(arena) scratch = ARENA_INIT(COMMAND_SCRATCH);
	AUTO(buf) internal = BUF_INIT(ADDRESS_MAX);
	AUTO(buf) given = BUF_INIT(2 * ADDRESS_MAX);
	struct str culprit = STR_NONE;
	struct rcpt_to rcpt;
	enum reply_id id;

	id = check(s, c->argument, &scratch, &rcpt, &culprit);
	if (id != REPLY_NONE) {
		refuse(s, c, id, culprit, r);
		return;
	}
	if (!client_limits_allow(s, CLIENT_RECIPIENTS, r))
		return;
	mail_rcpt_complete(&rcpt.recipient, domain_for(s, &rcpt.recipient), &internal);
	if (!is_bare_postmaster(&rcpt.recipient) &&
	    !access_may_receive(s, buf_str(&internal), mail_rcpt_given(&rcpt.recipient, &given), r))
		return;
	if (transaction_add(&s->transaction, buf_str(&internal), &rcpt))
		reply_set(r, REPLY_RECIPIENT_OK);
	else
		refuse(s, c, REPLY_TOO_MANY_RECIPIENTS, STR_NONE, r);
}
