/* SPDX-License-Identifier: BSD-2-Clause */
/* Restrictions on the form of names, which no look-up can decide. */
#include "lib/access/restrict.h"
#include "lib/mail/address.h"

static int
code(const struct evaluation *e, enum param_id id)
{
	return (int)config_int(config_of(e), id);
}

/* An address without its brackets. */
static bool
is_numeric(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!char_is_digit(name.p[i]) && name.p[i] != '.')
			return false;
	}
	return true;
}

static bool
is_hostname(struct str name)
{
	if (str_ends(name, STR(".")))
		name.n--;
	return domain_is_valid(name) && str_is_ascii(name);
}

static bool
is_full_hostname(struct str name)
{
	if (str_ends(name, STR(".")))
		name.n--;
	return is_hostname(name) && !is_numeric(name) && str_index(name, '.') < name.n;
}

/* An address literal is judged as one; a name by `is_good`. */
static enum answer
check_helo(
    struct evaluation *e, bool (*is_good)(struct str), enum param_id reply_code, struct str words)
{
	struct subject saved = e->subject;
	struct str helo = facts_of(e)->helo;
	enum answer answer = ANSWER_NONE;

	e->subject = (struct subject){ helo, SUBJECT_HELO };
	if (str_starts(helo, STR("["))) {
		if (!domain_is_literal(helo))
			answer = evaluation_reject(e, code(e, PARAM_invalid_hostname_reject_code),
			    "5.5.2", STR("invalid ip address"));
	} else if (helo.n != 0 && !is_good(helo)) {
		answer = evaluation_reject(e, code(e, reply_code), "5.5.2", words);
	}
	e->subject = saved;
	return answer;
}

enum answer
restrict_invalid_helo(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	return check_helo(e, is_hostname, PARAM_invalid_hostname_reject_code, STR("Invalid name"));
}

enum answer
restrict_non_fqdn_helo(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	return check_helo(
	    e, is_full_hostname, PARAM_non_fqdn_reject_code, STR("need fully-qualified hostname"));
}

/* given: as the client wrote it, before a domain was added. */
static enum answer
check_address(struct evaluation *e, struct str given, const char *kind)
{
	struct str domain = str_from(given, str_rindex(given, '@') + 1);
	struct subject saved = e->subject;
	enum answer answer = ANSWER_NONE;

	e->subject = (struct subject){ given, kind };
	if (given.n != 0 && !is_full_hostname(domain) && !domain_is_literal(domain))
		answer = evaluation_reject(e, code(e, PARAM_non_fqdn_reject_code), "5.5.2",
		    STR("need fully-qualified address"));
	e->subject = saved;
	return answer;
}

enum answer
restrict_non_fqdn_sender(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	return check_address(e, facts_of(e)->sender_given, SUBJECT_SENDER);
}

enum answer
restrict_non_fqdn_recipient(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	return check_address(e, facts_of(e)->recipient_given, SUBJECT_RECIPIENT);
}
