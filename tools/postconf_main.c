/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.cf. Values are shown as they are written: a configuration that cannot be loaded can still be
 * looked at and corrected. Names with a '*' stand for all that match.
 */
#include "tools/postconf.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/mem.h"
#include "lib/config/default.h"
#include "lib/config/edit.h"
#include "lib/config/item.h"
#include "lib/service/command.h"

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)
#define FOLD_AT    80

/* --- Lines --------------------------------------------------------------------------------- */

static void
add(struct buf *out, struct str text)
{
	if (buf_add(out, text) < 0)
		command_fail(EX_SOFTWARE, "more than %zu bytes to show", OUTPUT_MAX);
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
			add(out, first || fits ? STR(" ") : STR("\n    "));
		column = first || fits ? column + 1 + word.n : 4 + word.n;
		add(out, word);
		first = false;
	}
}

void
postconf_add_line(const struct postconf *p, struct buf *out, const char *name, const char *value)
{
	size_t start = out->n;

	if (!p->hide_names || p->hide_values)
		add(out, str_of(name));
	if (!p->hide_names && !p->hide_values)
		add(out, STR(" ="));
	if (!p->hide_values && p->folded) {
		add_folded(out, out->n - start, value);
	} else if (!p->hide_values) {
		if (!p->hide_names && value[0] != '\0')
			add(out, STR(" "));
		add(out, str_of(value));
	}
	add(out, STR("\n"));
}

/* --- Showing ------------------------------------------------------------------------------- */

static struct setting *
initial_of(struct setting *setting)
{
	while (setting->under != NULL)
		setting = setting->under;
	return setting;
}

static const char *
value_of(const struct postconf *p, struct settings *s, struct setting *setting)
{
	struct why why;

	if (setting->raw != NULL && !p->expanded)
		return setting->raw;
	if (settings_expand(s, setting, &why) < 0)
		command_fail(EX_CONFIG, "%s: %s", setting->name, why.text);
	return setting->text.p;
}

static void
show_setting(const struct postconf *p, struct settings *s, struct setting *setting, struct buf *out)
{
	if (p->defaults)
		setting = initial_of(setting);
	if (p->set_only && setting->origin == SETTING_DEFAULT)
		return;
	postconf_add_line(p, out, setting->name, value_of(p, s, setting));
}

static int
compare_names(const void *a, const void *b)
{
	const struct setting *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

/* Families are shown by their members; with -d there are only rows. */
static bool
is_listed(const struct postconf *p, struct setting *setting)
{
	const struct setting *initial = initial_of(setting);

	if (p->defaults && initial->origin != SETTING_DEFAULT)
		return false;
	return setting->origin != SETTING_DEFAULT || !param_at(setting->id)->is_family;
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
	postconf_add_line(
	    p, out, name, value_of(p, s, settings_find(s, str_of(param_at(family)->name))));
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

/* What is odd is told when everything is shown. */
static void
warn(const struct postconf *p, const struct settings *s)
{
	struct master_cf m;
	bool has_services = master_cf_load(p->directory, &m, ignore, NULL) == 0;

	check_settings(s, has_services ? &m : NULL, warn_of, NULL);
	if (has_services)
		master_cf_drop(&m);
}

static void
read_settings(const struct postconf *p, struct settings *s)
{
	struct config_source source = { .directory = p->directory, .program = "postconf" };
	struct why why;

	settings_init(s, &source);
	if (!p->defaults && settings_read(s, p->quiet ? ignore : command_report, NULL) < 0)
		command_fail(EX_CONFIG, "%s cannot be used as it is", s->file);
	for (size_t i = 0; i < p->override_count; i++) {
		if (settings_override(s, p->overrides[i].name, p->overrides[i].value, &why) < 0)
			command_fail(EX_USAGE, "option -o: %s", why.text);
	}
}

int
postconf_show(const struct postconf *p)
{
	AUTO(buf) out = BUF_INIT(OUTPUT_MAX);
	struct settings s;

	read_settings(p, &s);
	for (size_t i = 0; i < p->count; i++)
		show_name(p, &s, p->names[i], &out);
	if (p->count == 0)
		show_matching(p, &s, NULL, &out);
	command_print(buf_str(&out));
	if (p->count == 0 && !p->quiet && !p->defaults)
		warn(p, &s);
	settings_drop(&s);
	return EX_OK;
}

/* --- Changing ------------------------------------------------------------------------------ */

/* A name or value that cannot be right is changed all the same, with a word of warning. */
static void
warn_of_edit(const struct edit *edit)
{
	enum param_id id = param_find(edit->name);
	struct param_value value;
	struct str member;
	const char *nearest;
	struct why why;

	if (id == PARAM_COUNT)
		id = param_find_family(edit->name, &member);
	if (id == PARAM_COUNT) {
		nearest = param_nearest(edit->name);
		if (nearest != NULL)
			command_warn(
			    "%.*s: unknown parameter; is %s meant?", STR_ARG(edit->name), nearest);
	} else if (default_is_read_only(id)) {
		command_warn("%.*s cannot be set", STR_ARG(edit->name));
	} else if (edit->value.p != NULL && str_index(edit->value, '$') == edit->value.n &&
	           param_parse(param_at(id), edit->value, &value, &why) < 0) {
		command_warn("%.*s: %s", STR_ARG(edit->name), why.text);
	}
}

static struct edit
read_edit(const char *text, bool has_value)
{
	struct edit edit = { .name = str_trim(str_of(text)) };
	struct why why;

	if (strchr(text, '\n') != NULL)
		command_fail(EX_USAGE, "\"%s\": a line break in a name or value", text);
	if (has_value && item_split_name(str_of(text), &edit.name, &edit.value, &why) < 0)
		command_fail(EX_USAGE, "%s", why.text);
	if (!has_value && (edit.name.n == 0 || str_index(edit.name, '=') != edit.name.n))
		command_fail(EX_USAGE, "\"%s\": only a name is expected", text);
	return edit;
}

int
postconf_edit(const struct postconf *p, bool remove, bool comment)
{
	AUTO(buf) path = BUF_INIT(4096);
	struct edit *edits = mem_array(p->count + 1, sizeof(struct edit));
	enum edit_kind kind = remove ? EDIT_REMOVE : comment ? EDIT_COMMENT : EDIT_SET;
	struct why why;

	if (p->count == 0)
		command_fail(EX_USAGE, "no parameter is named");
	for (size_t i = 0; i < p->count; i++) {
		edits[i] = read_edit(p->names[i], kind == EDIT_SET);
		if (!p->quiet && kind == EDIT_SET)
			warn_of_edit(&edits[i]);
	}
	if (buf_addf(&path, "%s/main.cf", p->directory) < 0)
		command_fail(EX_USAGE, "the name of the folder is too long");
	if (edit_file(buf_text(&path), kind, edits, p->count, &why) < 0)
		command_fail(EX_CANTCREAT, "%s", why.text);
	mem_free(edits);
	return EX_OK;
}
