/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	list        = *( restriction [","] )
 *	restriction = name [argument] / class / type ":" name
 *
 * What is misspelt is found when the process starts, not when the first client meets it. A table that
 * cannot be opened is no mistake of the list: its look-ups fail, and mail waits, until it is there
 * (TABLE_LATE).
 */
#include "lib/access/restrict.h"
#include "lib/base/err.h"
#include "lib/base/nearest.h"
#include "lib/base/num.h"
#include "lib/config/item.h"

#define RULES_MAX ((size_t)10000) /* in one list */
#define SLEEP_MAX UINT64_C(1000)

#define NONE    ARGUMENT_NONE
#define TABLE   ARGUMENT_TABLE
#define POLICY  ARGUMENT_POLICY
#define DOMAIN  ARGUMENT_DOMAIN
#define SECONDS ARGUMENT_SECONDS
#define CLOSES  RESTRICTION_CLOSES
#define LAST    RESTRICTION_LAST
#define WARNS   RESTRICTION_WARNS

static const struct restriction restrictions[] = {
#define RESTRICTION(name, argument, flags, act) \
	{ (name), (argument), (flags), restrict_##act, NULL, NULL },
#define LATER(name, argument, act, lacks) { (name), (argument), 0, restrict_##act, (lacks), NULL },
#define REMOVED(name, instead)            { (name), ARGUMENT_NONE, 0, NULL, NULL, (instead) },
#include "lib/access/restriction.def"
#undef RESTRICTION
#undef LATER
#undef REMOVED
};

const struct restriction *
restriction_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(restrictions); i++) {
		if (str_equal_nocase(str_of(restrictions[i].name), name))
			return &restrictions[i];
	}
	return NULL;
}

/* A list being read. */
struct reading {
	const struct access_rules *rules;
	struct access_rules *opens; /* NULL: no table may be opened now */
	struct arena *arena;
	bool has_tables; /* a bare table may stand here */
	struct str rest;
	struct rule_list *list;
	size_t room;
	struct why *why;
};

static int
fail(const struct reading *r, const char *words, struct str item)
{
	why_set(r->why, "restriction %zu, %.*s: %s", r->list->count, STR_ARG(item), words);
	return ERR_SYNTAX;
}

static struct rule *
add_rule(struct reading *r)
{
	struct rule_list *l = r->list;
	struct rule *larger;

	if (l->count == r->room) {
		r->room = r->room != 0 ? r->room * 2 : 8;
		larger = ARENA_ARRAY(r->arena, struct rule, r->room);
		if (l->count != 0)
			memcpy(larger, l->rules, l->count * sizeof(*larger));
		l->rules = larger;
	}
	return &l->rules[l->count++];
}

/* "{ hash:/etc/access { search_order = … } }" is the table, with what belongs to its use. */
static struct str
table_of(struct str item)
{
	struct str word;

	if (item.p[0] == '{') {
		item = str_part(item, 1, item.n - 2);
		if (str_word(&item, ITEM_COMMAS, &word))
			return word;
	}
	return item;
}

static int
open_table(struct reading *r, struct str item, struct rule *rule)
{
	struct access_rules *opens = r->opens;
	struct str name = table_of(item);
	struct table *t;

	if (opens == NULL)
		return fail(r, "a table may not stand in a table; name a class that has it", item);
	t = map_find(&opens->tables, name);
	if (t == NULL) {
		t = table_open(arena_text(&opens->arena, name), TABLE_FOLD | TABLE_LATE, r->why);
		if (t == NULL) {
			why_prefix(r->why, "restriction %zu, ", r->list->count);
			return ERR_SYNTAX;
		}
		(void)map_put(&opens->tables, str_of(table_name(t)), t);
	}
	rule->table = t;
	return 0;
}

static int
read_seconds(struct reading *r, struct str item, struct rule *rule)
{
	uint64_t seconds = 0;

	if (num_parse(item, SLEEP_MAX, &seconds) < 0)
		return fail(r, "a number of seconds is expected", item);
	rule->seconds = (int64_t)seconds;
	return 0;
}

static int
read_argument(struct reading *r, struct str name, struct rule *rule)
{
	struct str item = STR_NONE;
	int result = item_next(&r->rest, ITEM_COMMAS, &item, r->why);

	if (result < 0)
		return result;
	if (result == 0)
		return fail(r, "an argument is missing", name);
	rule->text = arena_printf(r->arena, "%s %.*s", rule->kind->name, STR_ARG(item));
	switch (rule->kind->argument) {
	case ARGUMENT_TABLE:
		if (str_index(item, ':') == item.n)
			return fail(r, "a table, type:name, is expected", item);
		return open_table(r, item, rule);
	case ARGUMENT_SECONDS:
		return read_seconds(r, item, rule);
	case ARGUMENT_NONE:
	case ARGUMENT_POLICY:
	case ARGUMENT_DOMAIN:
	default:
		return 0;
	}
}

static int
refuse_unknown(const struct reading *r, struct str item)
{
	struct map_cursor c = MAP_START;
	struct nearest n;
	struct why words;

	nearest_init(&n, item);
	for (size_t i = 0; i < ARRAY_LEN(restrictions); i++)
		nearest_see(&n, restrictions[i].name);
	while (map_next(&r->rules->classes, &c))
		nearest_see(&n, ((const struct rule_list *)c.value)->name);
	if (n.best == NULL)
		return fail(r, "there is no such restriction", item);
	why_set(&words, "there is no such restriction; is %s meant?", n.best);
	return fail(r, words.text, item);
}

static int
read_item(struct reading *r, struct str item)
{
	struct rule *rule = add_rule(r);
	const struct rule_list *class_ = map_find(&r->rules->classes, item);

	rule->text = arena_text(r->arena, item);
	rule->kind = restriction_find(item);
	if (rule->kind != NULL && rule->kind->instead != NULL)
		return fail(r, arena_printf(r->arena, "it is gone; %s", rule->kind->instead), item);
	if (rule->kind != NULL)
		return rule->kind->argument != ARGUMENT_NONE ? read_argument(r, item, rule) : 0;
	if (class_ != NULL) {
		rule->class_ = class_;
		return 0;
	}
	if (str_index(item, ':') == item.n)
		return refuse_unknown(r, item);
	if (!r->has_tables)
		return fail(r,
		    "before a table must stand what is looked up, "
		    "as in check_client_access",
		    item);
	return open_table(r, item, rule);
}

static int
read_list(struct reading *r)
{
	struct str item;
	int result;

	while ((result = item_next(&r->rest, ITEM_COMMAS, &item, r->why)) > 0) {
		if (r->list->count == RULES_MAX)
			return fail(r, "there are too many", item);
		result = read_item(r, item);
		if (result < 0)
			return result;
	}
	return result;
}

int
rules_read_value(const struct access_rules *rules, struct str text, const char *name,
    struct arena *arena, struct rule_list *out, struct why *why)
{
	struct reading r = {
		.rules = rules, .arena = arena, .rest = text, .list = out, .why = why
	};

	*out = (struct rule_list){ .name = name };
	return read_list(&r);
}

int
rules_read(
    struct access_rules *a, struct rule_list *l, const char *text, bool has_tables, struct why *why)
{
	struct reading r = { .rules = a, .opens = a, .arena = &a->arena, .list = l, .why = why };
	int result;

	r.has_tables = has_tables;
	r.rest = str_of(text);
	result = read_list(&r);
	if (result < 0)
		why_prefix(why, "%s: ", l->name);
	return result;
}
