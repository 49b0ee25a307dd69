/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name in main.cf that is in no row is either user-defined, and then something refers to it with
 * a '$' or as a restriction class, or misspelt. So all references are gathered first, from main.cf,
 * master.cf and the defaults, and then each name is judged.
 */
#include "lib/config/check.h"

#include "lib/base/mem.h"
#include "lib/config/expand.h"
#include "lib/config/item.h"

struct checking {
	const struct settings *settings;
	const struct master_cf *master;
	struct map used;    /* names that something refers to */
	struct map defined; /* names that a -o of master.cf sets */
	config_report *report;
	void *context;
	size_t errors;
	const char *where; /* of the text whose references are looked at */
};

#define PRESENT ((void *)1)

static void
tell(struct checking *c, const char *where, bool is_error, const char *words)
{
	struct why out;

	why_set(&out, "%s: %s", where, words);
	c->errors += is_error;
	c->report(c->context, is_error, out.text);
}

/* --- Gathering ----------------------------------------------------------------------------- */

static void
see_use(void *context, struct str name)
{
	struct checking *c = context;

	map_put(&c->used, name, PRESENT);
}

static void
gather_settings(struct checking *c)
{
	for (size_t i = 0; i < c->settings->count; i++) {
		if (c->settings->order[i]->raw != NULL)
			expand_each_name(str_of(c->settings->order[i]->raw), see_use, c);
	}
}

static void
gather_classes(struct checking *c)
{
	const struct setting *s = settings_find(c->settings, STR("smtpd_restriction_classes"));
	struct str rest = str_of(s->raw), item;
	struct why why;

	while (item_next(&rest, ITEM_COMMAS, &item, &why) > 0)
		map_put(&c->used, item, PRESENT);
}

static void
gather_services(struct checking *c)
{
	for (size_t i = 0; i < c->master->count; i++) {
		const struct master_entry *e = &c->master->entries[i];

		for (size_t k = 0; k < e->arg_count; k++)
			expand_each_name(str_of(e->args[k]), see_use, c);
		for (size_t k = 0; k < e->override_count; k++)
			map_put(&c->defined, str_of(e->overrides[k].name), PRESENT);
	}
}

/* --- Judging ------------------------------------------------------------------------------- */

static bool
is_service(const struct checking *c, struct str name)
{
	for (size_t i = 0; i < c->master->count; i++) {
		if (str_equal(str_of(c->master->entries[i].name), name))
			return true;
	}
	return false;
}

static void
judge_unknown(struct checking *c, const char *where, const char *name)
{
	const char *nearest = param_nearest(str_of(name));
	struct why why;

	if (nearest != NULL)
		why_set(&why, "unknown parameter %s; is %s meant?", name, nearest);
	else
		why_set(&why, "unknown parameter %s, and nothing refers to $%s", name, name);
	tell(c, where, true, why.text);
}

static void
judge_row(struct checking *c, const char *where, const char *name, const struct param *p)
{
	struct why why;

	if (p->status == PARAM_STATUS_LATER)
		why_set(&why, "%s has no effect in this release", name);
	else if (p->status == PARAM_STATUS_BUILT_IN)
		why_set(&why, "%s has no effect: %s", name, p->sentence);
	else
		return;
	tell(c, where, false, why.text);
}

static void
judge_age(struct checking *c, const char *where, const char *name)
{
	static const struct {
		const char *name, *instead;
	} rows[] = {
#define DEPRECATED(name, instead) { #name, (instead) },
#include "lib/config/deprecated.def"
#undef DEPRECATED
	};
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		why_set(&why,
		    "support for parameter \"%s\" will be removed; instead, specify \"%s\"", name,
		    rows[i].instead);
		tell(c, where, false, why.text);
	}
}

static void
judge_name(struct checking *c, const char *where, const char *name)
{
	enum param_id id = param_find(str_of(name));
	struct str member;
	struct why why;

	if (id != PARAM_COUNT) {
		judge_age(c, where, name);
		judge_row(c, where, name, param_at(id));
		return;
	}
	id = param_find_family(str_of(name), &member);
	if (id != PARAM_COUNT && (c->master == NULL || is_service(c, member))) {
		judge_row(c, where, name, param_at(id));
	} else if (map_find(&c->used, str_of(name)) != NULL) {
		return;
	} else if (id != PARAM_COUNT) {
		why_set(&why, "%s has no effect: master.cf has no service \"%.*s\"", name,
		    STR_ARG(member));
		tell(c, where, false, why.text);
	} else {
		judge_unknown(c, where, name);
	}
}

static bool
has_value(const struct checking *c, struct str name)
{
	struct str member;

	return settings_find(c->settings, name) != NULL || map_find(&c->defined, name) != NULL ||
	       param_find_family(name, &member) != PARAM_COUNT;
}

static void
judge_reference(void *context, struct str name)
{
	struct checking *c = context;
	const char *nearest;
	struct why why;

	if (has_value(c, name))
		return;
	nearest = param_nearest(name);
	why_set(&why, "$%.*s has no value%s%s%s", STR_ARG(name), nearest != NULL ? "; is $" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? " meant?" : "");
	tell(c, c->where, false, why.text);
}

/* " #" in a value: comments have lines of their own. */
static bool
has_comment(const char *raw)
{
	const char *mark = strchr(raw, '#');

	return mark != NULL && (mark == raw || char_is_space(mark[-1])) &&
	       (mark[1] == '\0' || char_is_space(mark[1]));
}

static void
judge_setting(struct checking *c, const struct setting *setting)
{
	struct why where;

	settings_where(setting, &where);
	c->where = where.text;
	judge_name(c, where.text, setting->name);
	if (setting->id == PARAM_COUNT || param_at(setting->id)->type != PARAM_TYPE_RAW)
		expand_each_name(str_of(setting->raw), judge_reference, c);
	if (has_comment(setting->raw))
		tell(
		    c, where.text, false, "what follows \"#\" is part of the value, not a comment");
}

static void
judge_entry(struct checking *c, const struct master_entry *e)
{
	struct why where;

	why_set(&where, "%s/master.cf, line %d", c->settings->directory, e->line);
	for (size_t i = 0; i < e->override_count; i++)
		judge_name(c, where.text, e->overrides[i].name);
}

size_t
check_settings(
    const struct settings *s, const struct master_cf *m, config_report *report, void *context)
{
	struct checking c = { .settings = s, .master = m, .report = report, .context = context };

	gather_settings(&c);
	gather_classes(&c);
	if (m != NULL)
		gather_services(&c);
	for (size_t i = 0; i < s->count; i++) {
		if (s->order[i]->origin != SETTING_DEFAULT)
			judge_setting(&c, s->order[i]);
	}
	for (size_t i = 0; m != NULL && i < m->count; i++)
		judge_entry(&c, &m->entries[i]);
	map_drop(&c.used);
	map_drop(&c.defined);
	return c.errors;
}
