/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lists of main.cf are read once, when the process starts. Classes may name classes that come
 * later, so all their names are there before the first is read.
 */
#include "lib/access/rules.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/param.h"

#define ARENA_CAP ((size_t)64 * 1024 * 1024)

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

		result = rules_read(a, l, config_lookup(a->config, l->name), true, why);
	}
	for (size_t i = 0; i < STAGE_COUNT && result == 0; i++) {
		a->lists[i].name = param_at(stages[i].list)->name;
		result = rules_read(a, &a->lists[i], config_text(a->config, stages[i].list),
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
		.asks_for_recipients =
		    config_bool(c, PARAM_smtpd_reject_unlisted_recipient) &&
		    !has_item(c, PARAM_receive_override_options, "no_unknown_recipient_checks"),
		.parents = has_item(c, PARAM_parent_domain_matches_subdomains, "smtpd_access_maps"),
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
