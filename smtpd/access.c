/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relay control. The classes of route.h say which domains are ours. What is ours is taken for
 * recipients that exist; everything else is refused, with words that tell a stranger (who asks us to
 * relay) from a client of our own networks (whose mail we would pass on, if this server delivered to
 * other hosts).
 */
#include "smtpd/access.h"

#include "lib/run/run.h"
#include "lib/sys/log.h"

/* How long a table may take before the answer is "not now". */
#define LOOKUP_TIMEOUT (100 * TICKS_SECOND)

int
access_find_client(struct smtpd *d, const struct smtpd_peer *p)
{
	struct why why = WHY_INIT;
	int result;

	result = match_list_find_client(
	    d->mynetworks, STR_NONE, str_of(p->address), run_deadline(LOOKUP_TIMEOUT), &why);
	if (result < 0)
		log_warning("mynetworks: %s", why.text);
	return result;
}

enum dot_newline
access_newline(struct smtpd *d, const struct smtpd_peer *p)
{
	struct why why = WHY_INIT;
	int result;

	if (d->newline == DOT_NEWLINE_NO)
		return DOT_NEWLINE_NO;
	result = match_list_find_client(d->bare_newline_exclusions, STR_NONE, str_of(p->address),
	    run_deadline(LOOKUP_TIMEOUT), &why);
	if (result < 0)
		log_warning("smtpd_forbid_bare_newline_exclusions: %s", why.text);
	return result > 0 ? DOT_NEWLINE_NO : d->newline;
}

bool
access_completes_headers(const struct session *s)
{
	return (s->smtpd->rewrite_own_hosts && s->peer->is_own_host) ||
	       (s->smtpd->rewrite_mynetworks && s->in_mynetworks > 0);
}

/* The refusal with the code that the configuration has for it. */
static void
set_code(const struct session *s, enum param_id code, struct reply *r)
{
	r->code = (int)config_int(s->smtpd->config, code);
	r->dsn = dsn_with_class(&r->dsn, r->code);
}

/* " in local recipient table", and the code of the refusal, by the class. */
static void
refuse_unknown(const struct session *s, enum route_class class_, struct str given, struct reply *r)
{
	static const struct {
		const char *table;
		enum param_id code;
	} rows[] = {
		[ROUTE_LOCAL] = { " in local recipient table",
		    PARAM_unknown_local_recipient_reject_code },
		[ROUTE_VIRTUAL_ALIAS] = { " in virtual alias table",
		    PARAM_unknown_virtual_alias_reject_code },
		[ROUTE_VIRTUAL_MAILBOX] = { " in virtual mailbox table",
		    PARAM_unknown_virtual_mailbox_reject_code },
		[ROUTE_RELAY] = { " in relay recipient table",
		    PARAM_unknown_relay_recipient_reject_code },
		[ROUTE_DEFAULT] = { "", PARAM_relay_domains_reject_code },
	};
	bool named = session_config_bool(s, show_user_unknown_table_name);

	reply_fill(
	    r, REPLY_UNKNOWN_RECIPIENT, given, named ? str_of(rows[class_].table) : STR_NONE);
	set_code(s, rows[class_].code, r);
}

static void
refuse_unchecked(const struct why *why, struct str given, struct reply *r)
{
	log_warning("recipient <%.*s>: %s", STR_ARG(given), why->text);
	reply_fill(r, REPLY_RECIPIENT_UNCHECKED, given);
}

static void
refuse_relay(const struct session *s, struct str given, struct reply *r)
{
	if (s->in_mynetworks > 0) {
		reply_fill(r, REPLY_NO_OUTBOUND, given);
	} else if (s->in_mynetworks == 0) {
		reply_fill(r, REPLY_RELAY_DENIED, given);
		set_code(s, PARAM_relay_domains_reject_code, r);
	} else {
		reply_fill(r, REPLY_RECIPIENT_UNCHECKED, given);
	}
}

/* 1, 0 or negative, as route_recipient_exists(), which is asked unless that is switched off. */
PARKS static int
find_recipient(
    struct session *s, const struct address *recipient, enum route_class *class_, struct why *why)
{
	int64_t deadline = run_deadline(LOOKUP_TIMEOUT);
	int result;

	if (session_config_bool(s, smtpd_reject_unlisted_recipient))
		return route_recipient_exists(s->smtpd->router, recipient, class_, deadline, why);
	result = route_classify(s->smtpd->router, recipient->domain, class_, deadline, why);
	return result < 0 ? result : 1;
}

bool
access_recipient(
    struct session *s, const struct address *recipient, struct str given, struct reply *r)
{
	enum route_class class_ = ROUTE_DEFAULT;
	struct why why = WHY_INIT;
	int exists = find_recipient(s, recipient, &class_, &why);

	if (exists < 0) {
		refuse_unchecked(&why, given, r);
	} else if (class_ == ROUTE_DEFAULT) {
		refuse_relay(s, given, r);
	} else if (class_ == ROUTE_RELAY) {
		reply_fill(r, REPLY_NO_OUTBOUND, given);
	} else if (exists == 0) {
		refuse_unknown(s, class_, given, r);
	} else {
		return true;
	}
	return false;
}
