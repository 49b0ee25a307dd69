/* SPDX-License-Identifier: BSD-2-Clause */
/* main.cf and main.cf.d: what is read, shown and changed. Only main.cf itself is changed. */
#include <sysexits.h>

#include "lib/base/mem.h"
#include "lib/config/default.h"
#include "lib/config/edit.h"
#include "lib/config/item.h"
#include "lib/service/command.h"
#include "tools/postconf.h"

static void
ignore(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	(void)text;
}

/* --- Showing ------------------------------------------------------------------------------- */

static bool
is_one_of(const char *program, const char *words)
{
	struct str rest = str_of(words), word;

	while (str_word(&rest, " ", &word)) {
		if (str_equal(word, str_of(program)))
			return true;
	}
	return false;
}

/* The limits of transports, and the time limit of what runs commands. */
static bool
has_member(const struct master_entry *e, enum param_id family)
{
	if (family == PARAM_transport_time_limit)
		return is_one_of(e->program, "pipe spawn");
	return is_one_of(e->program, "discard error lmtp local pipe smtp virtual");
}

static void
add_members(const struct postconf *p, struct settings *s)
{
	struct master_cf m;

	if (master_cf_load(p->directory, &m, ignore, NULL) < 0)
		return;
	for (size_t id = 0; id < PARAM_COUNT; id++) {
		if (!param_at((enum param_id)id)->is_family)
			continue;
		for (size_t i = 0; i < m.count; i++) {
			if (has_member(&m.entries[i], (enum param_id)id))
				settings_add_member(
				    s, (enum param_id)id, str_of(m.entries[i].name));
		}
	}
	master_cf_drop(&m);
}

void
postconf_read(const struct postconf *p, struct settings *s)
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
	add_members(p, s);
}

static int
show(const struct postconf *p)
{
	AUTO(buf) out = BUF_INIT(POSTCONF_OUTPUT_MAX);
	struct settings s;

	postconf_read(p, &s);
	postconf_add_settings(p, &s, &out);
	command_print(buf_str(&out));
	if (!p->defaults)
		postconf_warn(p, &s);
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

	if (strpbrk(text, "\r\n") != NULL)
		command_fail(EX_USAGE, "\"%s\": a line break in a name or value", text);
	if (edit.name.n != 0 && edit.name.p[0] == '#')
		command_fail(EX_USAGE, "\"%s\": a name does not begin with #", text);
	if (has_value && item_split_name(str_of(text), &edit.name, &edit.value, &why) < 0)
		command_fail(EX_USAGE, "%s", why.text);
	if (!has_value && (edit.name.n == 0 || str_index(edit.name, '=') != edit.name.n))
		command_fail(EX_USAGE, "\"%s\": only a name is expected", text);
	return edit;
}

/* What main.cf.d says later counts, whatever is changed here. */
static void
warn_of_later_files(const struct postconf *p, const struct edit *edits)
{
	struct config_source source = { .directory = p->directory, .program = "postconf" };
	struct settings s;

	settings_init(&s, &source);
	if (settings_read(&s, ignore, NULL) == 0) {
		for (size_t i = 0; i < p->count; i++) {
			const struct setting *setting = settings_find(&s, edits[i].name);

			if (setting != NULL && setting->origin == SETTING_FILE &&
			    setting->file != s.file)
				command_warn("%s is set in %s, line %d, which counts",
				    setting->name, setting->file, setting->line);
		}
	}
	settings_drop(&s);
}

static int
change(const struct postconf *p)
{
	static const enum edit_kind kinds[] = {
		[POSTCONF_SET] = EDIT_SET,
		[POSTCONF_REMOVE] = EDIT_REMOVE,
		[POSTCONF_COMMENT] = EDIT_COMMENT,
	};
	AUTO(buf) path = BUF_INIT(4096);
	struct edit *edits = mem_array(p->count + 1, sizeof(struct edit));
	struct why why;

	if (p->count == 0)
		command_fail(EX_USAGE, "no parameter is named");
	for (size_t i = 0; i < p->count; i++) {
		edits[i] = read_edit(p->names[i], p->edit == POSTCONF_SET);
		if (!p->quiet && p->edit == POSTCONF_SET)
			warn_of_edit(&edits[i]);
	}
	if (buf_addf(&path, "%s/main.cf", p->directory) < 0)
		command_fail(EX_USAGE, "the name of the folder is too long");
	if (edit_file(buf_text(&path), kinds[p->edit], edits, p->count, &why) < 0)
		command_fail(EX_CANTCREAT, "%s", why.text);
	if (!p->quiet)
		warn_of_later_files(p, edits);
	mem_free(edits);
	return EX_OK;
}

int
postconf_main(const struct postconf *p)
{
	return p->edit == POSTCONF_SHOW ? show(p) : change(p);
}
