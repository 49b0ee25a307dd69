/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	list        = *( restriction [","] )
 *	restriction = name [argument] / class / type ":" name
 *
 * The lists are read once, when the process starts: what is misspelt is found then, not when the
 * first client meets it. A table that cannot be opened is no mistake of the list; its look-ups fail,
 * and mail waits, until it is there (TABLE_LATE). Classes may name classes that come later, so all
 * names are there before the first is read.
 */
#include "lib/access/rules.h"

#include "lib/access/restrict.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/nearest.h"
#include "lib/base/num.h"
#include "lib/config/item.h"
#include "lib/config/param.h"

#define RULES_MAX  ((size_t)10000) /* in one list */
#define ARENA_CAP  ((size_t)64 * 1024 * 1024)
#define SLEEP_MAX  UINT64_C(1000)

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

static const struct {
	enum param_id list;
	const char *table; /* what a bare table in it means */
} stages[STAGE_COUNT] = {
	[STAGE_CLIENT] = { PARAM_smtpd_client_restrictions, "check_client_access" },
	[STAGE_HELO] = { PARAM_smtpd_helo_restrictions, "check_helo_access" },
	[STAGE_SENDER] = { PARAM_smtpd_sender_restrictions, "check_sender_access" },
	[STAGE_RELAY] = { PARAM_smtpd_relay_restrictions, "check_recipient_access" },
	[STAGE_RECIPIENT] = { PARAM_smtpd_recipient_restrictions, "check_recipient_access" },
	[STAGE_DATA] = { PARAM_smtpd_data_restrictions, NULL },
	[STAGE_END_OF_DATA] = { PARAM_smtpd_end_of_data_restrictions, NULL },
	[STAGE_ETRN] = { PARAM_smtpd_etrn_restrictions, "check_etrn_access" },
};

const struct restriction *
rules_default_access(enum access_stage stage)
{
	return stages[stage].table != NULL ? restriction_find(str_of(stages[stage].table)) : NULL;
}

/* --- One list ------------------------------------------------------------------------------ */

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
		t = table_open(
		    arena_text(&opens->arena, name), TABLE_FOLD | TABLE_LATE, r->why);
		if (t == NULL)
			return ERR_SYNTAX;
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
		return fail(r, "before a table must stand what is looked up, "
		               "as in check_client_access", item);
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
	struct reading r = { .rules = rules, .arena = arena, .rest = text, .list = out, .why = why };

	*out = (struct rule_list){ .name = name };
	return read_list(&r);
}

/* --- All ----------------------------------------------------------------------------------- */

static int
read_parameter(
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

static int
name_classes(struct access_rules *a, struct why *why)
{
	struct config_list names = config_list(a->config, PARAM_smtpd_restriction_classes);

	for (size_t i = 0; i < names.count; i++) {
		struct rule_list *l = ARENA_NEW(&a->arena, struct rule_list);

		l->name = names.items[i].p;
		if (config_lookup(a->config, l->name) == NULL) {
			why_set(why, "smtpd_restriction_classes: %s is set nowhere", l->name);
			return ERR_SYNTAX;
		}
		(void)map_put(&a->classes, names.items[i], l);
	}
	return 0;
}

static int
read_all(struct access_rules *a, struct why *why)
{
	struct map_cursor c = MAP_START;
	int result = name_classes(a, why);

	while (result == 0 && map_next(&a->classes, &c)) {
		struct rule_list *l = c.value;

		result = read_parameter(a, l, config_lookup(a->config, l->name), true, why);
	}
	for (size_t i = 0; i < STAGE_COUNT && result == 0; i++) {
		a->lists[i].name = param_at(stages[i].list)->name;
		result = read_parameter(a, &a->lists[i], config_text(a->config, stages[i].list),
		    stages[i].table != NULL, why);
	}
	return result;
}

#define CLASS_DEPTH_MAX 20

/* Whether something in the list keeps mail out that nothing before has permitted. */
static bool
is_closed(const struct rule_list *l, unsigned depth)
{
	for (size_t i = 0; i < l->count && depth < CLASS_DEPTH_MAX; i++) {
		const struct rule *rule = &l->rules[i];
		unsigned flags = rule->kind != NULL ? rule->kind->flags : 0;

		if ((flags & RESTRICTION_CLOSES) != 0 ||
		    (rule->class_ != NULL && is_closed(rule->class_, depth + 1)))
			return true;
		if ((flags & RESTRICTION_LAST) != 0)
			return false;
		if ((flags & RESTRICTION_WARNS) != 0)
			i++;
	}
	return false;
}

static int
check_closed(const struct access_rules *a, struct why *why)
{
	if (is_closed(&a->lists[STAGE_RELAY], 0) || is_closed(&a->lists[STAGE_RECIPIENT], 0))
		return 0;
	why_set(why, "in smtpd_relay_restrictions or smtpd_recipient_restrictions, one of "
	             "reject_unauth_destination, defer_unauth_destination, reject, defer or "
	             "defer_if_permit is needed: strangers could relay through this host");
	return ERR_REFUSED;
}

/* What an administrator should know of a list that can be read. */
static void
report_list(const struct access_rules *a, const struct rule_list *l)
{
	struct why why;

	for (size_t i = 0; i < l->count; i++) {
		const struct rule *rule = &l->rules[i];

		if (rule->kind == NULL)
			continue;
		if (rule->kind->lacks != NULL) {
			why_set(&why, "%s: %s has no effect yet: this release has %s", l->name,
			    rule->kind->name, rule->kind->lacks);
			a->report(a->context, false, why.text);
		}
		if ((rule->kind->flags & RESTRICTION_LAST) != 0 && i + 1 < l->count &&
		    (i == 0 || l->rules[i - 1].kind == NULL ||
		        (l->rules[i - 1].kind->flags & RESTRICTION_WARNS) == 0)) {
			why_set(&why, "%s: restriction `%s' after `%s' is ignored", l->name,
			    l->rules[i + 1].text, rule->text);
			a->report(a->context, false, why.text);
		}
	}
}

static void
report_all(const struct access_rules *a)
{
	struct map_cursor c = MAP_START, t = MAP_START;
	struct why why;

	for (size_t i = 0; i < STAGE_COUNT; i++)
		report_list(a, &a->lists[i]);
	while (map_next(&a->classes, &c))
		report_list(a, c.value);
	while (map_next(&a->tables, &t)) {
		if (table_notice(t.value) == NULL)
			continue;
		why_set(&why, "%s: %s", table_name(t.value), table_notice(t.value));
		a->report(a->context, false, why.text);
	}
}

static bool
has_item(const struct config *c, enum param_id id, const char *word)
{
	struct config_list l = config_list(c, id);

	for (size_t i = 0; i < l.count; i++) {
		if (str_equal(l.items[i], str_of(word)))
			return true;
	}
	return false;
}

struct access_rules *
access_rules_open(const struct config *c, struct router *router, config_report *report,
    void *context, struct why *why)
{
	struct access_rules *a = NEW(struct access_rules);

	*a = (struct access_rules){
		.config = c,
		.router = router,
		.classes = MAP_INIT,
		.tables = MAP_INIT,
		.is_delayed = config_bool(c, PARAM_smtpd_delay_reject),
		.parents =
		    has_item(c, PARAM_parent_domain_matches_subdomains, "smtpd_access_maps"),
		.arena = ARENA_INIT(ARENA_CAP),
		.report = report,
		.context = context,
	};
	a->logged_permits =
	    match_list_open(c, PARAM_smtpd_log_access_permit_actions, MATCH_TEXT, why);
	if (a->logged_permits == NULL || read_all(a, why) < 0 || check_closed(a, why) < 0) {
		access_rules_close(a);
		return NULL;
	}
	report_all(a);
	return a;
}

void
access_rules_close(struct access_rules *a)
{
	struct map_cursor c = MAP_START;

	if (a == NULL)
		return;
	while (map_next(&a->tables, &c))
		table_close(c.value);
	map_drop(&a->tables);
	map_drop(&a->classes);
	match_list_close(a->logged_permits);
	arena_drop(&a->arena);
	mem_free(a);
}
