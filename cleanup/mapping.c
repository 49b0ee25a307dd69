/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table's answer is a list of addresses in external form. Each is completed, and inherits what of
 * the key did not matter: the local part where the answer is "@domain", the extension where the
 * key was found without it.
 *
 * A table that fails, or addresses without end, are never taken for "no such key": the sender hears
 * 4xx, and the log says which table and which address (Postfix's words).
 */
#include "cleanup/mapping.h"

#include "cleanup/masquerade.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "lib/table/address_find.h"

#define CANONICAL_MAX   10 /* of mappings one after the other */
#define LOOKUP_DEADLINE (100 * TICKS_SECOND)

/* --- One look-up ----------------------------------------------------------------------------- */

/* What was asked for, and what is known of the answer. */
struct lookup {
	const struct mapping *mapping;
	enum mapper_table table;
	const struct address *asked;
	struct str extension; /* unmatched, with its delimiter; empty: none */
};

/* An address for the log. */
static struct str
text_of(const struct mapping *p, const struct address *a)
{
	if (a->domain.n == 0)
		return a->local;
	return str_of(arena_printf(p->arena, "%.*s@%.*s", STR_ARG(a->local), STR_ARG(a->domain)));
}

static enum verdict
table_failed(const struct lookup *l, const struct why *why)
{
	struct str asked = text_of(l->mapping, l->asked);

	log_warning("%s: %s", l->mapping->id->text, why->text);
	log_warning("%s: %s map lookup problem for %.*s -- message not accepted, try again later",
	    l->mapping->id->text, mapper_table_name(l->table), STR_ARG(asked));
	return VERDICT_TABLE_FAILED;
}

static enum verdict
unreasonable(const struct lookup *l, const char *what)
{
	struct str asked = text_of(l->mapping, l->asked);

	log_warning("%s: unreasonable %s map %s for %.*s -- message not accepted, try again later",
	    l->mapping->id->text, mapper_table_name(l->table), what, STR_ARG(asked));
	return l->table == MAPPER_VIRTUAL ? VERDICT_ALIAS_EXPANSION : VERDICT_TABLE_FAILED;
}

/* Whether user@domain may be looked up as user: 1, 0, or negative. */
PARKS static int
is_local(struct mapper *m, struct str domain, struct why *why)
{
	if (domain.n == 0 || str_equal_nocase(domain, m->origin) ||
	    own_addresses_have(&m->own, domain))
		return 1;
	return match_list_find(m->local_domains, domain, run_deadline(LOOKUP_DEADLINE), why);
}

/* 1: *value is what stands there; 0: nothing; or negative. */
PARKS static int
find(struct lookup *l, struct buf *value, struct why *why)
{
	struct mapper *m = l->mapping->mapper;
	struct address_query q = {
		.address = l->asked,
		.delimiters = m->delimiters,
		.keys = ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN,
	};
	struct str extension = STR_NONE;
	int result = is_local(m, l->asked->domain, why);

	if (result > 0)
		q.keys |= ADDRESS_KEY_LOCAL;
	if (result >= 0)
		result = address_find(&m->tables[l->table], &q, value, &extension,
		    run_deadline(LOOKUP_DEADLINE), why);
	l->extension = STR_NONE;
	if (result > 0 && extension.p != NULL)
		l->extension = str_make(extension.p - 1, extension.n + 1);
	return result;
}

/* --- Answers --------------------------------------------------------------------------------- */

static bool
is_separator(char c)
{
	return c == ',' || char_is_space(c);
}

/* The next address of an answer; separators inside quotes are none. */
static bool
next_result(struct str *rest, struct str *out)
{
	bool quoted = false;
	size_t n = 0;

	while (rest->n != 0 && is_separator(rest->p[0]))
		*rest = str_from(*rest, 1);
	while (n < rest->n && (quoted || !is_separator(rest->p[n]))) {
		if (rest->p[n] == '"')
			quoted = !quoted;
		if (rest->p[n] == '\\' && n + 1 < rest->n)
			n++;
		n++;
	}
	*out = str_part(*rest, 0, n);
	*rest = str_from(*rest, n);
	return n != 0;
}

static struct str
join(struct arena *arena, struct str a, struct str b)
{
	return str_of(arena_printf(arena, "%.*s%.*s", STR_ARG(a), STR_ARG(b)));
}

/* Error: as address_parse(). */
static int
make_result(const struct lookup *l, struct str text, struct address *out)
{
	const struct mapping *p = l->mapping;
	struct str local = l->asked->local;
	struct address a;
	int result;

	if (text.p[0] == '@') {
		local.n -= l->extension.n;
		result = address_make(local, str_from(text, 1), p->arena, &a);
	} else {
		result = address_parse(text, p->arena, &a);
	}
	if (result == 0 && !address_is_null(&a) && p->mapper->propagates[l->table] &&
	    l->extension.n != 0)
		result =
		    address_make(join(p->arena, a.local, l->extension), a.domain, p->arena, &a);
	if (result == 0)
		rewrite_address(&p->mapper->rewrite, &a, p->arena, out);
	return result;
}

static enum verdict
bad_result(const struct lookup *l, struct str text, int error)
{
	struct str asked = text_of(l->mapping, l->asked);

	log_warning("%s: bad %s entry for %.*s: \"%.*s\": %s -- message not accepted, try again "
	            "later",
	    l->mapping->id->text, mapper_table_name(l->table), STR_ARG(asked), STR_ARG(text),
	    err_text(error));
	return VERDICT_TABLE_FAILED;
}

static void
add(const struct mapping *p, struct address_list *list, const struct address *a)
{
	if (list->count == list->room) {
		struct address *more;

		list->room = list->room == 0 ? 4 : 2 * list->room;
		more = ARENA_ARRAY(p->arena, struct address, list->room);
		if (list->count != 0)
			memcpy(more, list->items, list->count * sizeof(*more));
		list->items = more;
	}
	list->items[list->count++] = *a;
}

/* The answer as addresses; an empty list: there is none. */
PARKS static enum verdict
look_up(struct lookup *l, struct address_list *out)
{
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	const struct mapping *p = l->mapping;
	struct str rest, text;
	struct why why = WHY_INIT;
	struct address a;
	int result = find(l, &value, &why);

	if (result < 0)
		return table_failed(l, &why);
	rest = buf_str(&value);
	while (result > 0 && next_result(&rest, &text)) {
		if (l->table == MAPPER_VIRTUAL && text.n > p->mapper->address_max)
			return unreasonable(l, "result length");
		result = make_result(l, text, &a);
		if (result < 0)
			return bad_result(l, text, result);
		add(p, out, &a);
		if (l->table == MAPPER_VIRTUAL && out->count > p->mapper->expansion_max)
			return unreasonable(l, "expansion size");
		result = 1;
	}
	return VERDICT_NONE;
}

/* --- One to one ------------------------------------------------------------------------------ */

static bool
is_same(const struct address *a, const struct address *b)
{
	return str_equal_nocase(a->local, b->local) && str_equal_nocase(a->domain, b->domain);
}

/* Again and again, up to an address that is not in the table, or that stands for itself. */
PARKS static enum verdict
map_one(const struct mapping *p, enum mapper_table table, struct address *a)
{
	struct address first = *a;
	struct lookup l = { .mapping = p, .table = table, .asked = &first };

	if (p->mapper->tables[table].count == 0)
		return VERDICT_NONE;
	for (unsigned i = 0; i < CANONICAL_MAX; i++) {
		struct address_list found = { .count = 0 };
		struct address asked = *a;
		enum verdict v;

		l.asked = &asked;
		v = look_up(&l, &found);
		if (v != VERDICT_NONE || found.count == 0)
			return v;
		if (found.count > 1) {
			struct str text = text_of(p, a);

			log_warning("%s: multi-valued %s entry for %.*s", p->id->text,
			    mapper_table_name(table), STR_ARG(text));
		}
		*a = found.items[0];
		if (is_same(a, &asked))
			return VERDICT_NONE;
	}
	l.asked = &first;
	return unreasonable(&l, "nesting");
}

PARKS static enum verdict
mask(const struct mapping *p, struct address *a)
{
	struct mapper *m = p->mapper;
	struct why why = WHY_INIT;
	struct str domain;
	int excepted;

	if (a->domain.n == 0 || !masquerade_domain(m->masquerade, a->domain, &domain))
		return VERDICT_NONE;
	excepted = match_list_find(
	    m->masquerade_exceptions, a->local, run_deadline(LOOKUP_DEADLINE), &why);
	if (excepted < 0) {
		log_warning("%s: masquerade_exceptions: %s -- message not accepted, try again "
		            "later",
		    p->id->text, why.text);
		return VERDICT_TABLE_FAILED;
	}
	if (excepted == 0)
		a->domain = domain;
	return VERDICT_NONE;
}

enum verdict
mapping_canonical(const struct mapping *p, enum mapper_class class_, struct address *a)
{
	const struct mapper *m = p->mapper;
	enum verdict v = VERDICT_NONE;

	if (!p->maps || address_is_null(a))
		return VERDICT_NONE;
	for (size_t i = 0; i <= MAPPER_CANONICAL && v == VERDICT_NONE; i++) {
		if ((m->classes[i] & class_) != 0)
			v = map_one(p, (enum mapper_table)i, a);
	}
	if (v == VERDICT_NONE && m->masquerade.count != 0 && (m->masquerade_classes & class_) != 0)
		v = mask(p, a);
	return v;
}

enum verdict
mapping_find_bcc(
    const struct mapping *p, enum mapper_table table, const struct address *a, struct address *out)
{
	struct lookup l = { .mapping = p, .table = table, .asked = a };
	struct address_list found = { .count = 0 };
	enum verdict v = VERDICT_NONE;

	*out = (struct address){ .utf8 = false };
	if (p->copies && p->mapper->tables[table].count != 0 && !address_is_null(a))
		v = look_up(&l, &found);
	if (v == VERDICT_NONE && found.count != 0)
		*out = found.items[0];
	return v;
}

/* --- One to many ----------------------------------------------------------------------------- */

static bool
has(const struct address_list *list, const struct address *a)
{
	for (size_t i = 0; i < list->count; i++) {
		if (is_same(&list->items[i], a))
			return true;
	}
	return false;
}

/* Replaces item i by what it stands for, once. False: it stands for nothing else. */
PARKS static enum verdict
expand_once(
    struct lookup *l, struct address_list *list, size_t i, struct address_list *ended, bool *again)
{
	struct address_list found = { .count = 0 };
	struct address asked = list->items[i];
	enum verdict v;

	l->asked = &asked;
	v = look_up(l, &found);
	*again = v == VERDICT_NONE && found.count != 0;
	if (!*again)
		return v;
	list->items[i] = found.items[0];
	for (size_t k = 1; k < found.count; k++)
		add(l->mapping, list, &found.items[k]);
	/* An address may stand for itself once, beside others. */
	if (has(&found, &asked))
		add(l->mapping, ended, &asked);
	return VERDICT_NONE;
}

enum verdict
mapping_expand(const struct mapping *p, const struct address *a, struct address_list *out)
{
	struct lookup l = { .mapping = p, .table = MAPPER_VIRTUAL, .asked = a };
	struct address_list ended = { .count = 0 };
	enum verdict v;
	bool again;

	*out = (struct address_list){ .count = 0 };
	add(p, out, a);
	if (!p->maps || p->mapper->tables[MAPPER_VIRTUAL].count == 0)
		return VERDICT_NONE;
	for (size_t i = 0; i < out->count; i++) {
		again = true;
		for (size_t depth = 0; again && !has(&ended, &out->items[i]); depth++) {
			v = depth < p->mapper->recursion_max
			        ? expand_once(&l, out, i, &ended, &again)
			        : unreasonable(&l, "nesting");
			if (v != VERDICT_NONE)
				return v;
			l.asked = a;
			if (out->count > p->mapper->expansion_max)
				return unreasonable(&l, "expansion size");
		}
	}
	return VERDICT_NONE;
}
