/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restrictions that go by where an address belongs (lib/route): what keeps this host from being an
 * open relay, and mail for those who do not exist outside.
 *
 * A local part with a route in it (user%elsewhere@here) says that somebody here is asked to pass the
 * message on, wherever the domain is: such an address is never one of ours.
 */
#include "lib/access/restrict.h"
#include "lib/base/bug.h"

bool
access_is_routed(const struct config *c, const struct address *a)
{
	bool has_percent = str_index(a->local, '%') < a->local.n;
	bool has_bang = str_index(a->local, '!') < a->local.n;

	if (config_bool(c, PARAM_allow_untrusted_routing))
		return false;
	return str_index(a->local, '@') < a->local.n ||
	       (has_percent && config_bool(c, PARAM_allow_percent_hack)) ||
	       (has_bang && config_bool(c, PARAM_swap_bangpath));
}

/* 1: the destination is ours, or one that we relay for; 0: it is not; negative: with words. */
PARKS static int
is_auth_destination(struct evaluation *e, struct why *why)
{
	struct address a = address_from_internal(facts_of(e)->recipient);
	enum route_class class_ = ROUTE_DEFAULT;
	int result = route_classify(e->access->rules->router, a.domain, &class_, e->deadline, why);

	if (result < 0)
		return result;
	if (access_is_routed(config_of(e), &a))
		return 0;
	return class_ != ROUTE_DEFAULT;
}

enum answer
restrict_permit_auth_destination(struct evaluation *e, const struct rule *rule)
{
	struct access_facts const *f = facts_of(e);
	struct why why = WHY_INIT;
	int ours;

	if (!f->has_recipient)
		return ANSWER_NONE;
	ours = is_auth_destination(e, &why);
	if (ours < 0)
		return evaluation_fail(e, f->recipient_given, why.text);
	if (ours == 0)
		return ANSWER_NONE;
	return evaluation_permit(
	    e, rule->text, (struct subject){ f->recipient_given, SUBJECT_RECIPIENT }, NULL);
}

PARKS static enum answer
check_relay(struct evaluation *e, int code, const char *dsn)
{
	struct access_facts const *f = facts_of(e);
	struct why why = WHY_INIT;
	int ours;

	if (!f->has_recipient)
		return ANSWER_NONE;
	ours = is_auth_destination(e, &why);
	if (ours < 0)
		return evaluation_fail(e, f->recipient_given, why.text);
	if (ours > 0)
		return ANSWER_NONE;
	return evaluation_refuse(
	    e, code, dsn, "<%.*s>: Relay access denied", STR_ARG(f->recipient_given));
}

enum answer
restrict_reject_unauth_destination(struct evaluation *e, const struct rule *rule)
{
	int code = (int)config_int(config_of(e), PARAM_relay_domains_reject_code);

	(void)rule;
	return check_relay(e, code, "5.7.1");
}

enum answer
restrict_defer_unauth_destination(struct evaluation *e, const struct rule *rule)
{
	int code = (int)config_int(config_of(e), PARAM_relay_domains_reject_code);

	(void)rule;
	return check_relay(e, code >= 500 ? code - 100 : code, "4.7.1");
}

/* --- Who does not exist -------------------------------------------------------------------- */

/* Whose address is asked about, and how it is shown. */
struct listed {
	struct str address; /* internal form */
	struct str given;
	const char *kind;
	const char *dsn;
	bool is_sender;
};

/* " in local recipient table", and the code of the refusal, by the class. */
static enum answer
refuse_unknown(struct evaluation *e, const struct listed *l, enum route_class class_)
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
		[ROUTE_DEFAULT] = { "", PARAM_unknown_local_recipient_reject_code },
	};
	bool named = config_bool(config_of(e), PARAM_show_user_unknown_table_name);

	return evaluation_refuse(e, (int)config_int(config_of(e), rows[class_].code), l->dsn,
	    "<%.*s>: %s rejected: User unknown%s", STR_ARG(l->given), l->kind,
	    named ? rows[class_].table : "");
}

/* Of a class whose transport is "error:", nobody exists; what stands behind it says why. */
PARKS static enum answer
check_transport(struct evaluation *e, const struct listed *l, const struct address *a)
{
	enum answer answer = ANSWER_NONE;
	struct why why = WHY_INIT;
	struct dsn dsn = DSN_NONE;
	struct route route;
	struct str words;
	int result;

	route_init(&route);
	result = route_resolve(e->access->rules->router, a, &route, e->deadline, &why);
	if (result < 0) {
		answer = evaluation_fail(e, l->given, why.text);
	} else if (route.class_ != ROUTE_VIRTUAL_ALIAS &&
	           str_equal(buf_str(&route.transport), STR("error"))) {
		words = buf_str(&route.nexthop);
		if (!dsn_take(&words, &dsn))
			BUG_ON(dsn_parse(str_of(l->dsn), &dsn) < 0);
		answer = evaluation_refuse(e, 550, dsn.text, "<%.*s>: %s rejected: %.*s",
		    STR_ARG(l->given), l->kind, STR_ARG(words));
	}
	route_drop(&route);
	return answer;
}

PARKS static enum answer
check_listed(struct evaluation *e, const struct listed *l)
{
	struct router *router = e->access->rules->router;
	struct address a = address_from_internal(l->address);
	enum route_class class_ = ROUTE_DEFAULT;
	struct why why = WHY_INIT;
	int exists;

	if (l->is_sender)
		exists = route_sender_exists(router, &a, &class_, e->deadline, &why);
	else
		exists = route_recipient_exists(router, &a, &class_, e->deadline, &why);
	if (exists < 0)
		return evaluation_fail(e, l->given, why.text);
	if (exists == 0)
		return refuse_unknown(e, l, class_);
	return check_transport(e, l, &a);
}

enum answer
restrict_unlisted_sender(struct evaluation *e, const struct rule *rule)
{
	const struct access_facts *f = facts_of(e);
	struct listed l = { f->sender, f->sender_given, SUBJECT_SENDER, "5.1.0", true };

	(void)rule;
	if (!f->has_sender || f->sender.n == 0 || e->access->has_checked_sender)
		return ANSWER_NONE;
	e->access->has_checked_sender = e->warn_depth == 0;
	return check_listed(e, &l);
}

enum answer
restrict_unlisted_recipient(struct evaluation *e, const struct rule *rule)
{
	const struct access_facts *f = facts_of(e);
	struct listed l = { f->recipient, f->recipient_given, SUBJECT_RECIPIENT, "5.1.1", false };

	(void)rule;
	if (!f->has_recipient || e->access->has_checked_recipient)
		return ANSWER_NONE;
	e->access->has_checked_recipient = e->warn_depth == 0;
	return check_listed(e, &l);
}
