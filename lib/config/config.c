/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loaded configuration: every value expanded and read by its type once, at load, so that nothing
 * can fail later, far from the line that is wrong. A load goes on after a mistake, to report all of
 * them.
 *
 * Loading takes 0.4 ms, once in a process and at each reload; values are read from an array, by the
 * parameter's number.
 *
 * A bad value of a parameter that has no effect in this release is a warning: a main.cf that comes
 * from elsewhere should not fail for it.
 */
#include "lib/config/config.h"

#include "lib/base/buf.h"
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/check.h"
#include "lib/config/item.h"
#include "lib/config/param.h"
#include "lib/config/settings.h"

struct value {
	const char *text;
	int64_t number;
	struct config_list list;
};

struct config {
	struct settings settings;
	struct value rows[PARAM_COUNT];
	struct map members; /* of families, where set: name -> struct value */
};

struct load {
	struct config *config;
	config_report *report;
	void *context;
	bool failed;
};

static void
report_setting(struct load *l, const struct setting *setting, bool is_error, const char *words)
{
	struct why where, out;

	settings_where(setting, &where);
	why_set(&out, "%s: %s", where.text, words);
	l->failed |= is_error;
	l->report(l->context, is_error, out.text);
}

/* --- Reading by type ----------------------------------------------------------------------- */

static size_t
count_items(struct str text)
{
	struct str item;
	struct why why;
	size_t count = 0;

	while (item_next(&text, ITEM_COMMAS, &item, &why) > 0)
		count++;
	return count;
}

static int
read_list(struct arena *a, struct str text, struct config_list *out, struct why *why)
{
	size_t room = count_items(text), count = 0;
	struct str *items = ARENA_ARRAY(a, struct str, room + 1);
	struct str item;
	int result;

	while ((result = item_next(&text, ITEM_COMMAS, &item, why)) > 0) {
		result = item_strip_braces(&item, why);
		if (result < 0)
			return result;
		items[count++] = arena_str(a, item);
	}
	if (result < 0)
		return result;
	*out = (struct config_list){ .items = items, .count = count };
	return 0;
}

static int
read_value(
    struct arena *a, const struct param *p, struct str text, struct value *out, struct why *why)
{
	struct param_value parsed = { .number = 0, .word = STR_NONE };
	int result = param_parse(p, text, &parsed, why);

	if (result < 0)
		return result;
	out->text = text.p;
	out->number = parsed.number;
	if (p->type == PARAM_TYPE_ENUM)
		out->text = arena_text(a, parsed.word);
	if (p->type == PARAM_TYPE_LIST || p->type == PARAM_TYPE_TABLES)
		return read_list(a, text, &out->list, why);
	return 0;
}

static bool
has_effect(const struct param *p)
{
	return p->status == PARAM_STATUS_SUPPORTED || p->status == PARAM_STATUS_OWN;
}

/* The value of a row whose own setting cannot be used and does not matter. */
static void
fall_back(struct load *l, const struct setting *setting, struct value *out)
{
	struct settings *s = &l->config->settings;
	struct setting *initial = setting->under;
	struct why why;

	while (initial != NULL && initial->under != NULL)
		initial = initial->under;
	if (initial == NULL || settings_expand(s, initial, &why) < 0 ||
	    read_value(&s->arena, param_at(setting->id), initial->text, out, &why) < 0)
		*out = (struct value){ .text = "" };
}

static void
load_value(struct load *l, struct setting *setting, struct value *out)
{
	const struct param *p = param_at(setting->id);
	struct settings *s = &l->config->settings;
	struct why why;

	if (p->status == PARAM_STATUS_REFUSED && setting->origin != SETTING_DEFAULT) {
		why_set(&why, "%s is not supported: %s", setting->name, p->sentence);
		report_setting(l, setting, true, why.text);
		return;
	}
	if (settings_expand(s, setting, &why) == 0 &&
	    read_value(&s->arena, p, setting->text, out, &why) == 0)
		return;
	why_prefix(&why, "%s: ", setting->name);
	if (has_effect(p) || setting->origin != SETTING_DEFAULT)
		report_setting(l, setting, has_effect(p), why.text);
	fall_back(l, setting, out);
}

/* A user-defined name: its value must make sense by itself, whatever refers to it. */
static void
load_user_defined(struct load *l, struct setting *setting)
{
	struct why why;

	if (settings_expand(&l->config->settings, setting, &why) == 0)
		return;
	why_prefix(&why, "%s: ", setting->name);
	report_setting(l, setting, true, why.text);
}

static void
load_setting(struct load *l, struct setting *setting)
{
	struct settings *s = &l->config->settings;

	if (setting->id == PARAM_COUNT) {
		load_user_defined(l, setting);
	} else if (!setting->is_member) {
		load_value(l, setting, &l->config->rows[setting->id]);
	} else {
		struct value *value = ARENA_NEW(&s->arena, struct value);

		load_value(l, setting, value);
		map_put(&l->config->members, str_of(setting->name), value);
	}
}

/* What was set comes first: a default that cannot be made is mostly the result of a mistake. */
static void
load_values(struct load *l)
{
	struct settings *s = &l->config->settings;

	for (size_t i = 0; i < s->count; i++) {
		if (s->order[i]->origin != SETTING_DEFAULT)
			load_setting(l, s->order[i]);
	}
	for (size_t i = 0; i < s->count && !l->failed; i++) {
		if (s->order[i]->origin == SETTING_DEFAULT)
			load_setting(l, s->order[i]);
	}
}

static void
load_overrides(struct load *l, const struct config_source *source)
{
	struct why why;

	for (size_t i = 0; i < source->override_count; i++) {
		const struct config_override *o = &source->overrides[i];

		if (settings_override(&l->config->settings, o->name, o->value, &why) < 0) {
			why_prefix(&why, "option -o: ");
			l->failed = true;
			l->report(l->context, true, why.text);
		}
	}
}

static int
read_main(struct load *l, const struct config_source *source)
{
	struct settings *s = &l->config->settings;

	if (source->text == NULL)
		return settings_read(s, l->report, l->context);
	return settings_read_text(s, str_of(source->text), l->report, l->context);
}

struct config *
config_load(const struct config_source *source, config_report *report, void *context)
{
	struct load l = { .config = NEW(struct config), .report = report, .context = context };

	settings_init(&l.config->settings, source);
	if (read_main(&l, source) < 0)
		l.failed = true;
	load_overrides(&l, source);
	load_values(&l);
	if (!l.failed)
		return l.config;
	config_free(l.config);
	return NULL;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	map_drop(&c->members);
	settings_drop(&c->settings);
	mem_free(c);
}

/* --- Asking -------------------------------------------------------------------------------- */

const char *
config_text(const struct config *c, enum param_id id)
{
	BUG_ON(id >= PARAM_COUNT);
	return c->rows[id].text;
}

bool
config_bool(const struct config *c, enum param_id id)
{
	BUG_ON(param_at(id)->type != PARAM_TYPE_BOOL);
	return c->rows[id].number != 0;
}

static bool
is_number(enum param_id id)
{
	return param_at(id)->type == PARAM_TYPE_INT || param_at(id)->type == PARAM_TYPE_SIZE;
}

int64_t
config_int(const struct config *c, enum param_id id)
{
	BUG_ON(!is_number(id));
	return c->rows[id].number;
}

int64_t
config_time(const struct config *c, enum param_id id)
{
	BUG_ON(param_at(id)->type != PARAM_TYPE_TIME);
	return c->rows[id].number;
}

bool
config_is(const struct config *c, enum param_id id, const char *word)
{
	BUG_ON(param_at(id)->type != PARAM_TYPE_ENUM);
	return strcmp(c->rows[id].text, word) == 0;
}

struct config_list
config_list(const struct config *c, enum param_id id)
{
	BUG_ON(param_at(id)->type != PARAM_TYPE_LIST && param_at(id)->type != PARAM_TYPE_TABLES);
	return c->rows[id].list;
}

static const struct value *
need_member(const struct config *c, enum param_id family, const char *member)
{
	AUTO(buf) name = BUF_INIT(1024);
	struct str suffix = str_of(param_at(family)->name);
	const struct setting *setting;
	int result;

	BUG_ON(!param_at(family)->is_family);
	suffix = str_from(suffix, str_index(suffix, '_'));
	result = buf_addf(&name, "%s%.*s", member, STR_ARG(suffix));
	setting = result < 0 ? NULL : settings_find(&c->settings, buf_str(&name));
	if (setting == NULL)
		return &c->rows[family];
	if (!setting->is_member)
		return &c->rows[setting->id];
	return map_find(&c->members, buf_str(&name));
}

const char *
config_each_text(const struct config *c, enum param_id family, const char *member)
{
	return need_member(c, family, member)->text;
}

int64_t
config_each_int(const struct config *c, enum param_id family, const char *member)
{
	BUG_ON(!is_number(family));
	return need_member(c, family, member)->number;
}

int64_t
config_each_time(const struct config *c, enum param_id family, const char *member)
{
	BUG_ON(param_at(family)->type != PARAM_TYPE_TIME);
	return need_member(c, family, member)->number;
}

const char *
config_lookup(const struct config *c, const char *name)
{
	const struct setting *setting = settings_find(&c->settings, str_of(name));
	enum param_id family;
	struct str member;

	if (setting != NULL && setting->id != PARAM_COUNT && !setting->is_member)
		return c->rows[setting->id].text;
	if (setting != NULL)
		return setting->text.p;
	family = param_find_family(str_of(name), &member);
	return family == PARAM_COUNT ? NULL : c->rows[family].text;
}

const struct settings *
config_settings(const struct config *c)
{
	return &c->settings;
}
