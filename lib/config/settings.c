/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three sources, later ones over earlier: param.def, main.cf, -o. All go into one map; a setting
 * that is replaced stays behind its successor, so that postconf can show both.
 *
 * Expansion is by name, remembered: the cost is that of all values once, the output is bounded for
 * one value and for all together, and a loop is a name that is met while it is being expanded.
 * Postfix expands in place at each use, with a depth of 100 as the only bound.
 */
#include "lib/config/settings.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/default.h"
#include "lib/config/expand.h"
#include "lib/config/files.h"
#include "lib/config/item.h"
#include "lib/config/logical.h"

#define ARENA_MAX       (SETTINGS_TOTAL_MAX + 4 * LOGICAL_MAX + ((size_t)64 * 1024 * 1024))
#define NAMES_MAX       20000 /* in one file */
#define NAME_MAX_LENGTH 256

static void
append(struct settings *s, struct setting *setting)
{
	if (s->count == s->room) {
		s->room = s->room == 0 ? 2 * PARAM_COUNT : 2 * s->room;
		s->order = mem_resize(s->order, s->room, sizeof(struct setting *));
	}
	setting->index = s->count;
	s->order[s->count++] = setting;
}

static void
add_default(struct settings *s, enum param_id id)
{
	struct setting *setting = ARENA_NEW(&s->arena, struct setting);
	const struct param *p = param_at(id);

	setting->name = p->name;
	setting->id = id;
	setting->origin = SETTING_DEFAULT;
	setting->raw = p->initial;
	map_put(&s->names, str_of(p->name), setting);
	append(s, setting);
}

void
settings_init(struct settings *s, const struct config_source *source)
{
	*s = (struct settings){
		.directory = source->directory != NULL ? source->directory : CONFIG_DIRECTORY,
		.program = source->program != NULL ? source->program : "",
		.service = source->service != NULL ? source->service : "",
	};
	arena_init(&s->arena, ARENA_MAX);
	s->file = arena_printf(&s->arena, "%s/main.cf", s->directory);
	for (size_t id = 0; id < PARAM_COUNT; id++)
		add_default(s, (enum param_id)id);
}

void
settings_drop(struct settings *s)
{
	map_drop(&s->names);
	mem_free(s->order);
	s->order = NULL;
	s->count = s->room = 0;
	arena_drop(&s->arena);
}

struct setting *
settings_find(const struct settings *s, struct str name)
{
	return map_find(&s->names, name);
}

/* --- Setting ------------------------------------------------------------------------------- */

/* "my-relay_time_limit": transports may have more than the letters of $name. */
static bool
is_possible_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!char_is_alnum(c) && c != '_' && c != '-' && c != '.')
			return false;
	}
	return name.n != 0 && name.n <= NAME_MAX_LENGTH;
}

static struct setting *
new_setting(struct settings *s, struct str name)
{
	struct setting *old = settings_find(s, name);
	struct setting *setting = ARENA_NEW(&s->arena, struct setting);
	struct str member;

	if (old != NULL) {
		*setting = *old;
		setting->under = old;
		return setting;
	}
	setting->name = arena_text(&s->arena, name);
	setting->id = param_find_family(name, &member);
	setting->is_member = setting->id != PARAM_COUNT;
	return setting;
}

static void
replace(struct settings *s, struct setting *setting)
{
	if (map_put(&s->names, str_of(setting->name), setting) == NULL)
		append(s, setting);
	else
		s->order[setting->index] = setting;
}

static int
set(struct settings *s, struct str name, struct str value, enum setting_origin origin, int line,
    struct why *why)
{
	struct setting *setting;

	if (!is_possible_name(name)) {
		why_set(why, "\"%.*s\" cannot be the name of a parameter", STR_ARG(name));
		return ERR_SYNTAX;
	}
	if (memchr(value.p != NULL ? value.p : "", '\0', value.n) != NULL) {
		why_set(why, "the value of %.*s has a NUL byte", STR_ARG(name));
		return ERR_SYNTAX;
	}
	setting = new_setting(s, name);
	setting->origin = origin;
	setting->file = s->file;
	setting->line = line;
	setting->raw = arena_text(&s->arena, value);
	setting->state = SETTING_NEW;
	replace(s, setting);
	return 0;
}

static bool
is_read_only(const struct settings *s, struct str name)
{
	const struct setting *setting = settings_find(s, name);

	return setting != NULL && setting->id != PARAM_COUNT && default_is_read_only(setting->id);
}

int
settings_override(struct settings *s, const char *name, const char *value, struct why *why)
{
	if (is_read_only(s, str_trim(str_of(name))))
		return 0;
	return set(s, str_trim(str_of(name)), str_trim(str_of(value)), SETTING_OVERRIDE, 0, why);
}

void
settings_add_member(struct settings *s, enum param_id family, struct str member)
{
	struct str suffix = str_of(param_at(family)->name);
	struct setting *setting;
	const char *name;

	suffix = str_from(suffix, str_index(suffix, '_'));
	name = arena_printf(&s->arena, "%.*s%.*s", STR_ARG(member), STR_ARG(suffix));
	if (settings_find(s, str_of(name)) != NULL)
		return;
	setting = new_setting(s, str_of(name));
	setting->origin = SETTING_DEFAULT;
	setting->raw = param_at(family)->initial;
	replace(s, setting);
}

static void
report_line(const struct settings *s, int line, bool is_error, const char *text,
    config_report *report, void *context)
{
	struct why out;

	why_set(&out, "%s, line %d: %s", s->file, line, text);
	report(context, is_error, out.text);
}

static void
warn_of_earlier(struct settings *s, struct str name, int line, config_report *report, void *context)
{
	const struct setting *old = settings_find(s, name);
	struct why text;

	if (old == NULL || old->origin != SETTING_FILE || old->file != s->file)
		return; /* what a later file says is meant to replace */
	why_set(
	    &text, "%s is set here again; what line %d says has no effect", old->name, old->line);
	report_line(s, line, false, text.text, report, context);
}

static int
set_line(struct settings *s, const struct logical *l, config_report *report, void *context)
{
	struct why why;
	struct str name, value;
	int result;

	if (l->indented) {
		report_line(s, l->line, true,
		    "the line begins with a blank, and there is none before it to continue", report,
		    context);
		return ERR_SYNTAX;
	}
	result = item_split_name(l->text, &name, &value, &why);
	if (result == 0 && is_read_only(s, name)) {
		why_set(&why, "%.*s cannot be set; the line has no effect", STR_ARG(name));
		report_line(s, l->line, false, why.text, report, context);
		return 0;
	}
	if (result == 0) {
		warn_of_earlier(s, name, l->line, report, context);
		result = set(s, name, value, SETTING_FILE, l->line, &why);
	}
	if (result < 0)
		report_line(s, l->line, true, why.text, report, context);
	return result;
}

static int
read_lines(struct settings *s, struct str text, config_report *report, void *context)
{
	AUTO(logical) in = LOGICAL_INIT(text);
	int result = 0;

	while (logical_next(&in)) {
		if (s->count >= PARAM_COUNT + NAMES_MAX) {
			report_line(s, in.line, true, "too many lines", report, context);
			return ERR_SYNTAX;
		}
		if (set_line(s, &in, report, context) < 0)
			result = ERR_SYNTAX;
	}
	return result;
}

int
settings_read_text(struct settings *s, struct str text, config_report *report, void *context)
{
	const char *main = s->file;
	struct str path, lines;
	int result = 0;

	while (files_next(&text, &path, &lines)) {
		s->file = path.n != 0 ? arena_text(&s->arena, path) : main;
		if (read_lines(s, lines, report, context) < 0)
			result = ERR_SYNTAX;
	}
	s->file = main;
	return result;
}

int
settings_read(struct settings *s, config_report *report, void *context)
{
	AUTO(buf) text = BUF_INIT(LOGICAL_MAX);
	struct why why;
	int result = files_read(s->directory, &text, &why);

	if (result < 0) {
		report(context, true, why.text);
		return result;
	}
	return settings_read_text(s, buf_str(&text), report, context);
}

/* --- Expanding ----------------------------------------------------------------------------- */

struct search {
	struct settings *settings;
	const struct setting *user; /* whose value is being expanded */
};

/* The value that $name has: of a parameter, of a family's member, of a user-defined name. */
static int
find_text(struct settings *s, struct str name, struct str *value, struct why *why)
{
	struct setting *setting = settings_find(s, name);
	struct str member;
	int result;

	if (setting == NULL) {
		enum param_id family = param_find_family(name, &member);

		if (family == PARAM_COUNT)
			return 0;
		setting = settings_find(s, str_of(param_at(family)->name));
	}
	result = settings_expand(s, setting, why);
	if (result < 0)
		return result;
	*value = setting->text;
	return 1;
}

static int
find_for_expansion(void *context, struct str name, struct str *value, struct why *why)
{
	const struct search *search = context;
	int result = find_text(search->settings, name, value, why);

	if (result == ERR_LOOP)
		why_prefix(why, "%s needs ", search->user->name);
	return result;
}

int
settings_text(struct settings *s, struct str name, struct str *text, struct why *why)
{
	int result = find_text(s, name, text, why);

	if (result == 0)
		*text = STR_NONE;
	return result < 0 ? result : 0;
}

/* RAW values are expanded by their readers; a computed default has its own way. */
static int
make_text(struct settings *s, struct setting *setting, struct buf *out, struct why *why)
{
	struct search search = { .settings = s, .user = setting };
	struct expand_source source = { .find = find_for_expansion, .context = &search };

	if (setting->raw == NULL)
		return default_compute(s, setting->id, out, why);
	if (setting->id != PARAM_COUNT && param_at(setting->id)->type == PARAM_TYPE_RAW)
		return buf_add(out, str_of(setting->raw));
	return expand(str_of(setting->raw), &source, out, why);
}

static int
expand_setting(struct settings *s, struct setting *setting, struct why *why)
{
	AUTO(buf) text = BUF_INIT(SETTINGS_TEXT_MAX);
	int result = make_text(s, setting, &text, why);

	if (result < 0)
		return result;
	if (text.n > SETTINGS_TOTAL_MAX - s->expanded) {
		why_set(why, "all values together are longer than %zu bytes", SETTINGS_TOTAL_MAX);
		return ERR_TOO_LONG;
	}
	s->expanded += text.n;
	setting->text = arena_str(&s->arena, str_trim(buf_str(&text)));
	return 0;
}

int
settings_expand(struct settings *s, struct setting *setting, struct why *why)
{
	int result;

	switch (setting->state) {
	case SETTING_DONE:
		return 0;
	case SETTING_BUSY:
		why_set(why, "%s: a loop", setting->name);
		return ERR_LOOP;
	case SETTING_NEW:
	case SETTING_FAILED: /* once more, for the words */
		break;
	}
	if (s->depth == SETTINGS_DEPTH_MAX) {
		why_set(why, "more than %d names refer to each other in a chain", s->depth);
		return ERR_TOO_MANY;
	}
	setting->state = SETTING_BUSY;
	s->depth++;
	result = expand_setting(s, setting, why);
	s->depth--;
	setting->state = result < 0 ? SETTING_FAILED : SETTING_DONE;
	return result;
}

void
settings_where(const struct setting *setting, struct why *out)
{
	switch (setting->origin) {
	case SETTING_FILE:
		why_set(out, "%s, line %d", setting->file, setting->line);
		break;
	case SETTING_OVERRIDE:
		why_set(out, "option -o %s", setting->name);
		break;
	case SETTING_DEFAULT:
		why_set(out, "default of %s", setting->name);
		break;
	}
}
