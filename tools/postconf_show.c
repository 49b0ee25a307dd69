/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values are shown as they are written: a configuration that cannot be loaded can still be looked at and
 * corrected. Names with a '*' stand for all that match.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/service/command.h"
#include "tools/postconf.h"

#define FOLD_AT 80

/* --- Lines --------------------------------------------------------------------------------- */

static void
check(int result)
{
	if (result < 0)
		command_fail(EX_SOFTWARE, "more than %zu bytes to show", POSTCONF_OUTPUT_MAX);
}

void
postconf_add(struct buf *out, struct str text)
{
	check(buf_add(out, text));
}

/* Words on lines of at most FOLD_AT columns, later ones indented, as main.cf allows it. */
static void
add_folded(struct buf *out, size_t column, const char *value)
{
	struct str rest = str_of(value), word;
	bool first = true;

	while (str_word(&rest, ITEM_BLANKS, &word)) {
		bool fits = column + 1 + word.n <= FOLD_AT;

		if (!first || column != 0)
			postconf_add(out, first || fits ? STR(" ") : STR("\n    "));
		column = first || fits ? column + 1 + word.n : 4 + word.n;
		postconf_add(out, word);
		first = false;
	}
}

/* A run of blanks or line ends means no more than one blank. */
static void
add_words(struct buf *out, const char *value)
{
	struct str rest = str_of(value), word;
	bool first = true;

	while (str_word(&rest, ITEM_BLANKS, &word)) {
		postconf_add(out, first ? STR_NONE : STR(" "));
		postconf_add(out, word);
		first = false;
	}
}

static void
add_text(const struct postconf *p, struct buf *out, const char *name, const char *value)
{
	size_t start = out->n;

	if (!p->hide_names || p->hide_values)
		postconf_add(out, str_of(name));
	if (!p->hide_names && !p->hide_values)
		postconf_add(out, STR(" ="));
	if (!p->hide_values && p->folded) {
		add_folded(out, out->n - start, value);
	} else if (!p->hide_values) {
		if (!p->hide_names && value[0] != '\0')
			postconf_add(out, STR(" "));
		add_words(out, value);
	}
}

static void
add_member(struct buf *out, const char *name, const char *value)
{
	check(buf_addf(out, "%s\"%s\": ", out->p[out->n - 1] == '{' ? "" : ", ", name));
	check(json_add_text(str_of(value), out));
}

static void
add_json(const struct postconf *p, struct buf *out, const char *name, const char *value,
    const char *where)
{
	postconf_add(out, STR("{"));
	if (!p->hide_names || p->hide_values)
		add_member(out, "name", name);
	if (!p->hide_values)
		add_member(out, "value", value);
	if (where[0] != '\0')
		add_member(out, "origin", where);
	postconf_add(out, STR("}"));
}

void
postconf_add_line(const struct postconf *p, struct buf *out, const char *name, const char *value,
    const char *where)
{
	if (p->json)
		add_json(p, out, name, value, where);
	else if (where[0] != '\0')
		check(buf_addf(out, "%s: ", where));
	if (!p->json)
		add_text(p, out, name, value);
	postconf_add(out, STR("\n"));
}

/* --- Settings ------------------------------------------------------------------------------ */

static struct setting *
initial_of(struct setting *setting)
{
	while (setting->under != NULL)
		setting = setting->under;
	return setting;
}

const char *
postconf_value(const struct postconf *p, struct settings *s, struct setting *setting)
{
	struct why why;

	if (setting->raw != NULL && !p->expanded)
		return setting->raw;
	if (settings_expand(s, setting, &why) < 0)
		command_fail(EX_CONFIG, "%s: %s", setting->name, why.text);
	return setting->text.p;
}

/* "/etc/postroad/main.cf:3", "-o", "default". */
static void
origin_of(const struct setting *setting, struct why *out)
{
	if (setting->origin == SETTING_FILE)
		why_set(out, "%s:%d", setting->file, setting->line);
	else
		why_set(out, "%s", setting->origin == SETTING_OVERRIDE ? "-o" : "default");
}

static void
show_setting(const struct postconf *p, struct settings *s, struct setting *setting, struct buf *out)
{
	struct why where = WHY_INIT;

	if (p->defaults)
		setting = initial_of(setting);
	if (p->set_only && setting->origin == SETTING_DEFAULT)
		return;
	if (p->origin)
		origin_of(setting, &where);
	postconf_add_line(
	    p, out, setting->name, postconf_value(p, s, setting), p->origin ? where.text : "");
}

static unsigned
class_of(const struct setting *setting)
{
	if (setting->id == PARAM_COUNT)
		return POSTCONF_USER;
	return setting->is_member ? POSTCONF_SERVICE : POSTCONF_BUILTIN;
}

/* Families are shown by their members; with -d there are only rows. */
static bool
is_listed(const struct postconf *p, struct setting *setting)
{
	const struct setting *initial = initial_of(setting);

	if ((p->classes & class_of(setting)) == 0 ||
	    (p->defaults && initial->origin != SETTING_DEFAULT))
		return false;
	return setting->origin != SETTING_DEFAULT || setting->id == PARAM_COUNT ||
	       setting->is_member || !param_at(setting->id)->is_family;
}

static int
compare_names(const void *a, const void *b)
{
	const struct setting *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

/* Answers how many settings the pattern (NULL: everything) stands for. */
static size_t
show_matching(const struct postconf *p, struct settings *s, const char *pattern, struct buf *out)
{
	struct setting **sorted = mem_array(s->count, sizeof(struct setting *));
	size_t shown = 0;

	memcpy(sorted, s->order, s->count * sizeof(struct setting *));
	qsort(sorted, s->count, sizeof(struct setting *), compare_names);
	for (size_t i = 0; i < s->count; i++) {
		if (!is_listed(p, sorted[i]) ||
		    (pattern != NULL && fnmatch(pattern, sorted[i]->name, 0) != 0))
			continue;
		show_setting(p, s, sorted[i], out);
		shown++;
	}
	mem_free(sorted);
	return shown;
}

/* "smtp_time_limit" where only its family has a value. */
static bool
show_member(const struct postconf *p, struct settings *s, const char *name, struct buf *out)
{
	struct str member;
	enum param_id family = param_find_family(str_of(name), &member);

	if (family == PARAM_COUNT)
		return false;
	if (!p->set_only)
		postconf_add_line(p, out, name,
		    postconf_value(p, s, settings_find(s, str_of(param_at(family)->name))),
		    p->origin ? "default" : "");
	return true;
}

static void
show_name(const struct postconf *p, struct settings *s, const char *name, struct buf *out)
{
	struct setting *setting = settings_find(s, str_of(name));
	const char *nearest;

	if (strpbrk(name, "*?[") != NULL) {
		if (show_matching(p, s, name, out) == 0)
			command_warn("%s: no parameter matches", name);
	} else if (setting != NULL) {
		show_setting(p, s, setting, out);
	} else if (!show_member(p, s, name, out)) {
		nearest = param_nearest(str_of(name));
		command_warn("%s: unknown parameter%s%s%s", name, nearest != NULL ? "; is " : "",
		    nearest != NULL ? nearest : "", nearest != NULL ? " meant?" : "");
	}
}

void
postconf_add_settings(const struct postconf *p, struct settings *s, struct buf *out)
{
	for (size_t i = 0; i < p->count; i++)
		show_name(p, s, p->names[i], out);
	if (p->count == 0)
		show_matching(p, s, NULL, out);
}

/* --- Warnings ------------------------------------------------------------------------------ */

static void
ignore(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	(void)text;
}

static void
warn_of(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	command_warn("%s", text);
}

void
postconf_warn(const struct postconf *p, const struct settings *s)
{
	struct master_cf m;
	bool has_services;

	if (p->quiet)
		return;
	has_services = master_cf_load(p->directory, &m, ignore, NULL) == 0;
	check_settings(s, has_services ? &m : NULL, warn_of, NULL);
	if (has_services)
		master_cf_drop(&m);
}
