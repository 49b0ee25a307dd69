/* SPDX-License-Identifier: BSD-2-Clause */
/* The RFC lets only <postmaster> come without a domain; Postfix, and so we, complete any. */
#include "smtpd/mail_rcpt.h"

#include "lib/base/bug.h"
#include "lib/sys/log.h"
#include "smtpd/commands.h"

struct envelope_rules
mail_rcpt_rules(const struct session *s)
{
	return (struct envelope_rules){
		.extensions = ehlo_extensions(s),
		.strict = session_config_bool(s, strict_rfc821_envelopes),
	};
}

void
mail_rcpt_refuse(const struct session *s, const struct command *c, enum reply_id id,
    struct str culprit, struct reply *r)
{
	AUTO(buf) client = BUF_INIT(SESSION_CLIENT_MAX);

	reply_set_about(r, id, culprit);
	switch (id) {
	case REPLY_BAD_SENDER:
	case REPLY_BAD_RECIPIENT:
		log_warning("Illegal address syntax from %s in %s command: %.*s",
		    session_client(s, &client), verb_name(c->verb), STR_ARG(c->argument));
		break;
	case REPLY_TOO_BIG_DECLARED:
	case REPLY_TOO_MANY_RECIPIENTS:
	case REPLY_NEED_SMTPUTF8:
		session_log_reject(s, c->verb, STR_NONE, r);
		break;
	default: /* the client does not know the protocol: of no interest to anybody here */
		break;
	}
}

struct str
mail_rcpt_given(const struct address *a, struct buf *text)
{
	buf_clear(text);
	return address_add_external(a, text) == 0 ? buf_str(text) : STR("?");
}

void
mail_rcpt_complete(const struct address *a, const char *domain, struct buf *out)
{
	struct address whole = *a;

	if (whole.domain.n == 0 && whole.local.n != 0)
		whole.domain = str_of(domain);
	buf_clear(out);
	BUG_ON(address_add_internal(&whole, out) < 0);
}
