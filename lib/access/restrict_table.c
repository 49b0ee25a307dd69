/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys by which an access table is asked, access(5); the first that it has decides.
 *
 *	an address	user+extension@domain, user@domain, domain and its parents,
 *			user+extension@, user@; for the null sender $smtpd_null_access_lookup_key
 *	a host		its name and the parents of that, its address and the networks that are
 *			its beginning, cut at the dots of IPv4, at the colons of IPv6
 *
 * A parent of sub.example.com is example.com where parent_domain_matches_subdomains has
 * smtpd_access_maps, else .example.com. Tables of patterns are only asked for whole names.
 */
#include "lib/access/restrict.h"
#include "lib/base/err.h"

#define KEY_MAX ((size_t)2 * ADDRESS_MAX + 3) /* every byte of the local part quoted */

struct lookup {
	struct evaluation *e;
	struct table *table;
	struct buf value;
	struct str key; /* that was found */
};

/* 1: found; 0: no such key; negative: with words. */
PARKS static int
ask(struct lookup *l, struct str key, bool is_whole, struct why *why)
{
	int result;

	if (key.n == 0 || (!is_whole && table_is_pattern(l->table)))
		return 0;
	result = table_find(l->table, key, &l->value, l->e->deadline, why);
	evaluation_trace(l->e, l->table, key, result, result < 0 ? why->text : buf_text(&l->value));
	if (result > 0)
		l->key = key;
	return result;
}

PARKS static int
ask_domain(struct lookup *l, struct str name, bool is_whole, struct why *why)
{
	int result = ask(l, name, is_whole, why);

	while (result == 0) {
		name = str_from(name, 1);
		name = str_from(name, str_index(name, '.'));
		if (name.n <= 1)
			break;
		result = ask(l, str_from(name, l->e->access->rules->parents ? 1 : 0), false, why);
	}
	return result;
}

PARKS static int
ask_network(struct lookup *l, struct str address, struct why *why)
{
	char mark = str_index(address, ':') < address.n ? ':' : '.';
	int result = ask(l, address, true, why);

	while (result == 0) {
		size_t end = str_rindex(address, mark);

		if (end == address.n || end == 0)
			break;
		address = str_part(address, 0, end);
		result = ask(l, address, false, why);
	}
	return result;
}

/* What the table's entry says; or, for a failure, that it could not be found out. */
PARKS static enum answer
conclude(struct lookup *l, struct subject about, int result, const struct why *why)
{
	struct evaluation *e = l->e;
	struct subject saved = e->subject;
	enum answer answer = ANSWER_NONE;

	e->subject = about;
	if (result < 0)
		answer = evaluation_fail(e, about.name, why->text);
	else if (result > 0)
		answer = action_apply(e, table_name(l->table), l->key, buf_str(&l->value));
	e->subject = saved;
	return answer;
}

PARKS static enum answer
check_host(struct evaluation *e, const struct rule *rule, struct str name, struct subject about)
{
	struct lookup l = { .e = e, .table = rule->table, .value = BUF_INIT(TABLE_VALUE_MAX) };
	struct why why = WHY_INIT;
	enum answer answer;
	int result;

	result = ask_domain(&l, name, true, &why);
	if (result == 0)
		result = ask_network(&l, facts_of(e)->client_address, &why);
	answer = conclude(&l, about, result, &why);
	buf_drop(&l.value);
	return answer;
}

enum answer
restrict_client_access(struct evaluation *e, const struct rule *rule)
{
	return check_host(e, rule, facts_of(e)->client_name,
	    (struct subject){ str_of(e->client), SUBJECT_CLIENT });
}

PARKS static enum answer
check_name(struct evaluation *e, const struct rule *rule, struct str name, struct subject about)
{
	struct lookup l = { .e = e, .table = rule->table, .value = BUF_INIT(TABLE_VALUE_MAX) };
	struct why why = WHY_INIT;
	enum answer answer;

	if (name.n == 0)
		return ANSWER_NONE;
	answer = conclude(&l, about, ask_domain(&l, name, true, &why), &why);
	buf_drop(&l.value);
	return answer;
}

enum answer
restrict_reverse_client_access(struct evaluation *e, const struct rule *rule)
{
	struct str name = facts_of(e)->reverse_name;

	return check_name(e, rule, name, (struct subject){ name, SUBJECT_REVERSE_CLIENT });
}

enum answer
restrict_helo_access(struct evaluation *e, const struct rule *rule)
{
	struct str name = facts_of(e)->helo;

	return check_name(e, rule, name, (struct subject){ name, SUBJECT_HELO });
}

enum answer
restrict_etrn_access(struct evaluation *e, const struct rule *rule)
{
	struct str name = facts_of(e)->etrn_domain;

	return check_name(e, rule, name, (struct subject){ name, SUBJECT_ETRN });
}

/* --- Addresses ----------------------------------------------------------------------------- */

/*
 * By the form with quotes, where it needs some, then without; not where "a@b"@c would look like an
 * address of another domain. tail: "@" where only the local part is asked for.
 */
PARKS static int
ask_address(struct lookup *l, const struct address *a, const char *tail, bool is_whole,
    struct buf *key, struct why *why)
{
	bool is_hidden = str_index(a->local, '@') < a->local.n;
	int result;

	buf_clear(key);
	if (address_add_external(a, key) < 0 || buf_add(key, str_of(tail)) < 0)
		return 0;
	result = ask(l, buf_str(key), is_whole, why);
	if (result != 0 || is_hidden || key->p[0] != '"')
		return result;
	buf_clear(key);
	if (address_add_internal(a, key) < 0 || buf_add(key, str_of(tail)) < 0)
		return 0;
	return ask(l, buf_str(key), is_whole, why);
}

/* With the extension of the local part, then without. */
PARKS static int
ask_both(struct lookup *l, const struct address *a, const char *tail, bool is_whole,
    struct buf *key, struct why *why)
{
	const char *delimiters = config_text(config_of(l->e), PARAM_recipient_delimiter);
	struct address shorter = *a;
	struct str extension;
	int result = ask_address(l, a, tail, is_whole, key, why);

	if (result != 0 ||
	    !address_split_extension(a->local, delimiters, &shorter.local, &extension))
		return result;
	return ask_address(l, &shorter, tail, false, key, why);
}

PARKS static int
ask_all(struct lookup *l, const struct address *a, struct buf *key, struct why *why)
{
	struct address local = { .local = a->local, .utf8 = a->utf8 };
	int result = ask_both(l, a, "", true, key, why);

	if (result == 0)
		result = ask_domain(l, a->domain, false, why);
	if (result == 0)
		result = ask_both(l, &local, "@", false, key, why);
	return result;
}

PARKS static enum answer
check_address(
    struct evaluation *e, const struct rule *rule, struct str address, struct subject about)
{
	struct lookup l = { .e = e, .table = rule->table, .value = BUF_INIT(TABLE_VALUE_MAX) };
	struct address a = address_from_internal(address);
	AUTO(buf) key = BUF_INIT(KEY_MAX);
	struct why why = WHY_INIT;
	enum answer answer;
	int result;

	if (address.n != 0)
		result = ask_all(&l, &a, &key, &why);
	else
		result =
		    ask(&l, str_of(config_text(config_of(e), PARAM_smtpd_null_access_lookup_key)),
		        true, &why);
	answer = conclude(&l, about, result, &why);
	buf_drop(&l.value);
	return answer;
}

enum answer
restrict_sender_access(struct evaluation *e, const struct rule *rule)
{
	const struct access_facts *f = facts_of(e);

	if (!f->has_sender)
		return ANSWER_NONE;
	return check_address(
	    e, rule, f->sender, (struct subject){ f->sender_given, SUBJECT_SENDER });
}

/* An address with a route in it is too doubtful for "OK". */
enum answer
restrict_recipient_access(struct evaluation *e, const struct rule *rule)
{
	const struct access_facts *f = facts_of(e);
	struct address a = address_from_internal(f->recipient);
	enum answer answer;

	if (!f->has_recipient)
		return ANSWER_NONE;
	answer = check_address(
	    e, rule, f->recipient, (struct subject){ f->recipient_given, SUBJECT_RECIPIENT });
	if (answer == ANSWER_PERMIT && access_is_routed(config_of(e), &a))
		return ANSWER_NONE;
	return answer;
}
