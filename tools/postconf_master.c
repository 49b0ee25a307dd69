/* SPDX-License-Identifier: BSD-2-Clause */
/* master.cf: entries, fields, -o; shown, or changed. Patterns are name[/type[/field]], '*' is any. */
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/config/master_edit.h"
#include "lib/config/master_format.h"
#include "lib/service/command.h"
#include "tools/postconf.h"

static void
check(int result)
{
	if (result < 0)
		command_fail(EX_SOFTWARE, "more than %zu bytes to show", POSTCONF_OUTPUT_MAX);
}

/* --- Patterns ------------------------------------------------------------------------------ */

struct pattern {
	struct str name, type, field; /* empty: any */
};

static struct pattern
read_pattern(struct str text, bool has_field)
{
	struct pattern p = { .name = STR_NONE };
	struct str rest = text, more;

	if (!str_split(&rest, '/', &p.name))
		command_fail(EX_USAGE, "an empty pattern");
	if (str_split(&rest, '/', &p.type) && str_split(&rest, '/', &p.field) && !has_field)
		command_fail(EX_USAGE, "\"%.*s\": name or name/type is expected", STR_ARG(text));
	if (str_split(&rest, '/', &more))
		command_fail(EX_USAGE, "\"%.*s\": name/type/field is expected", STR_ARG(text));
	return p;
}

static bool
matches_field(struct str pattern, const char *text)
{
	return pattern.n == 0 || str_equal(pattern, STR("*")) || str_equal(pattern, str_of(text));
}

/* --- What is shown of an entry ------------------------------------------------------------- */

struct showing {
	const struct postconf *postconf;
	struct settings settings; /* of main.cf, where values are expanded or shown */
	struct buf out;
	void (*show)(
	    struct showing *v, const struct master_entry *e, const struct pattern *pattern);
};

/* "line 3" of master.cf, where -O asks for it. */
static void
find_origin(const struct showing *v, const struct master_entry *e, struct why *out)
{
	why_set(out, "%s", "");
	if (v->postconf->origin)
		why_set(out, "%s/master.cf:%d", v->postconf->directory, e->line);
}

static struct config_override *
expand_overrides(struct showing *v, struct settings *s, const struct master_entry *e)
{
	struct arena *arena = &v->settings.arena;
	struct config_override *list =
	    ARENA_ARRAY(arena, struct config_override, e->override_count + 1);
	struct str value;
	struct why why;

	for (size_t i = 0; i < e->override_count; i++) {
		const char *name = e->overrides[i].name;

		if (settings_override(s, name, e->overrides[i].value, &why) < 0 ||
		    settings_text(s, str_of(name), &value, &why) < 0)
			command_fail(EX_CONFIG, "%s/master.cf, line %d: %s: %s",
			    v->postconf->directory, e->line, name, why.text);
		list[i] = (struct config_override){ name, arena_text(arena, value) };
	}
	return list;
}

/* -x: its -o with the values of main.cf in them, as the service would have them. */
static struct master_entry
expanded(struct showing *v, const struct master_entry *e)
{
	struct master_entry copy = *e;
	struct settings s;

	if (!v->postconf->expanded || e->override_count == 0)
		return copy;
	postconf_read(v->postconf, &s);
	s.service = e->name;
	copy.overrides = expand_overrides(v, &s, e);
	settings_drop(&s);
	return copy;
}

static void
add_member(struct buf *out, const char *name, const char *value, bool first)
{
	check(buf_addf(out, "%s\"%s\": ", first ? "" : ", ", name));
	check(json_add_text(str_of(value), out));
}

static void
show_json(struct showing *v, const struct master_entry *e)
{
	AUTO(buf) command = BUF_INIT(POSTCONF_OUTPUT_MAX);
	struct why where;

	check(master_format_command(e, &command));
	postconf_add(&v->out, STR("{"));
	for (size_t i = 0; i < MASTER_COLUMNS; i++)
		add_member(&v->out, master_field_name((enum master_column)i),
		    i == MASTER_COLUMN_PROGRAM ? buf_text(&command) : e->columns[i], i == 0);
	find_origin(v, e, &where);
	if (where.text[0] != '\0')
		add_member(&v->out, "origin", where.text, false);
	postconf_add(&v->out, STR("}\n"));
}

static void
show_entry(struct showing *v, const struct master_entry *e, const struct pattern *pattern)
{
	struct why where;

	(void)pattern;
	if (v->postconf->json) {
		show_json(v, e);
		return;
	}
	find_origin(v, e, &where);
	if (where.text[0] != '\0')
		check(buf_addf(&v->out, "%s: ", where.text));
	check(master_format_entry(e, v->postconf->folded, &v->out));
	postconf_add(&v->out, STR("\n"));
}

static void
show_value(struct showing *v, const struct master_entry *e, const char *field, const char *value,
    const char *where)
{
	AUTO(buf) name = BUF_INIT(POSTCONF_OUTPUT_MAX);

	check(buf_addf(&name, "%s/%s/%s", e->name, master_type_name(e->type), field));
	postconf_add_line(v->postconf, &v->out, buf_text(&name), value, where);
}

static void
show_fields(struct showing *v, const struct master_entry *e, const struct pattern *pattern)
{
	struct why where;

	find_origin(v, e, &where);
	for (size_t i = 0; i < MASTER_COLUMNS; i++) {
		AUTO(buf) value = BUF_INIT(POSTCONF_OUTPUT_MAX);
		const char *name = master_field_name((enum master_column)i);

		if (!matches_field(pattern->field, name))
			continue;
		if (i == MASTER_COLUMN_PROGRAM)
			check(master_format_command(e, &value));
		else
			postconf_add(&value, str_of(e->columns[i]));
		show_value(v, e, name, buf_text(&value), where.text);
	}
}

static const struct config_override *
find_override(const struct master_entry *e, const char *name)
{
	const struct config_override *found = NULL;

	for (size_t i = 0; i < e->override_count; i++) {
		if (strcmp(e->overrides[i].name, name) == 0)
			found = &e->overrides[i]; /* the last one counts */
	}
	return found;
}

static int
compare_overrides(const void *a, const void *b)
{
	const struct config_override *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void
show_overrides(struct showing *v, const struct master_entry *e, const struct pattern *pattern)
{
	const struct config_override **sorted =
	    ARENA_ARRAY(&v->settings.arena, const struct config_override *, e->override_count + 1);
	size_t count = 0;
	struct why where;

	find_origin(v, e, &where);
	for (size_t i = 0; i < e->override_count; i++) {
		const struct config_override *o = &e->overrides[i];

		if (matches_field(pattern->field, o->name) && find_override(e, o->name) == o)
			sorted[count++] = o;
	}
	if (count != 0)
		qsort(sorted, count, sizeof(sorted[0]), compare_overrides);
	for (size_t i = 0; i < count; i++)
		show_value(v, e, sorted[i]->name, sorted[i]->value, where.text);
}

/* -PP: what the service does not set itself, it has from main.cf or from the defaults. */
static void
show_all_params(struct showing *v, const struct master_entry *e, const struct pattern *pattern)
{
	show_overrides(v, e, pattern);
	for (size_t i = 0; i < v->settings.count; i++) {
		struct setting *setting = v->settings.order[i];
		struct why where = WHY_INIT;

		if (!matches_field(pattern->field, setting->name) ||
		    find_override(e, setting->name) != NULL ||
		    (setting->id != PARAM_COUNT && param_at(setting->id)->is_family))
			continue;
		if (v->postconf->origin)
			settings_where(setting, &where);
		show_value(v, e, setting->name, postconf_value(v->postconf, &v->settings, setting),
		    v->postconf->origin ? where.text : "");
	}
}

/* --- Showing ------------------------------------------------------------------------------- */

/* False: no entry matches. */
static bool
show_matching(struct showing *v, const struct master_cf *m, const struct pattern *pattern)
{
	bool found = false;

	for (size_t i = 0; i < m->count; i++) {
		const struct master_entry *e = &m->entries[i];
		struct master_entry copy;

		if (!master_entry_matches(e, pattern->name, pattern->type))
			continue;
		copy = expanded(v, e);
		v->show(v, &copy, pattern);
		found = true;
	}
	return found;
}

static void
show_named(struct showing *v, const struct master_cf *m, bool has_field)
{
	const struct pattern any = { .name = STR_NONE };
	const struct postconf *p = v->postconf;

	for (size_t i = 0; i < p->count; i++) {
		struct pattern pattern = read_pattern(str_of(p->names[i]), has_field);

		if (!show_matching(v, m, &pattern) && !p->quiet)
			command_warn("%s: no service matches", p->names[i]);
	}
	if (p->count == 0)
		(void)show_matching(v, m, &any);
}

static int
show(struct showing *v, bool has_field)
{
	const struct postconf *p = v->postconf;
	struct master_cf m;

	if (master_cf_load(p->directory, &m, command_report, NULL) < 0)
		command_fail(EX_CONFIG, "%s/master.cf cannot be used as it is", p->directory);
	buf_init(&v->out, POSTCONF_OUTPUT_MAX);
	postconf_read(p, &v->settings);
	show_named(v, &m, has_field);
	command_print(buf_str(&v->out));
	postconf_warn(p, &v->settings);
	settings_drop(&v->settings);
	buf_drop(&v->out);
	master_cf_drop(&m);
	return EX_OK;
}

/* --- Changing ------------------------------------------------------------------------------ */

static struct master_edit
read_edit(const char *text, enum master_edit_kind kind)
{
	bool has_value =
	    kind == MASTER_EDIT_ENTRY || kind == MASTER_EDIT_FIELD || kind == MASTER_EDIT_OVERRIDE;
	bool has_field =
	    kind != MASTER_EDIT_ENTRY && kind != MASTER_EDIT_REMOVE && kind != MASTER_EDIT_COMMENT;
	struct str name = str_trim(str_of(text)), value = STR_NONE;
	struct pattern p;
	struct why why;

	if (strpbrk(text, "\r\n") != NULL)
		command_fail(EX_USAGE, "\"%s\": a line break in a name or value", text);
	if (has_value && item_split_name(str_of(text), &name, &value, &why) < 0)
		command_fail(EX_USAGE, "%s", why.text);
	p = read_pattern(name, has_field);
	if (p.name.n == 0 || p.type.n == 0 || (has_field && p.field.n == 0) ||
	    (!has_value && str_index(name, '=') != name.n))
		command_fail(EX_USAGE, "\"%s\": name/type%s%s is expected", text,
		    has_field ? "/field" : "", has_value ? "=value" : "");
	if (kind == MASTER_EDIT_FIELD && master_field_find(p.field) == MASTER_COLUMNS)
		command_fail(EX_USAGE, "\"%.*s\" is no field of master.cf", STR_ARG(p.field));
	return (
	    struct master_edit){ .name = p.name, .type = p.type, .field = p.field, .value = value };
}

static int
change(const struct postconf *p, enum master_edit_kind kind)
{
	struct master_edit *edits = mem_array(p->count + 1, sizeof(struct master_edit));
	AUTO(buf) path = BUF_INIT(4096);
	struct why why;

	if (p->count == 0)
		command_fail(EX_USAGE, "no service is named");
	for (size_t i = 0; i < p->count; i++)
		edits[i] = read_edit(p->names[i], kind);
	if (buf_addf(&path, "%s/master.cf", p->directory) < 0)
		command_fail(EX_USAGE, "the name of the folder is too long");
	if (master_edit_file(buf_text(&path), kind, edits, p->count, &why) < 0)
		command_fail(EX_CANTCREAT, "%s", why.text);
	for (size_t i = 0; i < p->count && kind != MASTER_EDIT_ENTRY; i++) {
		if (!edits[i].matched)
			command_warn("%s: no service matches", p->names[i]);
	}
	mem_free(edits);
	return EX_OK;
}

NORETURN static void
refuse_edit(char option)
{
	command_fail(EX_USAGE, "-%c: this change is not possible there", option);
}

int
postconf_services(const struct postconf *p)
{
	struct showing v = { .postconf = p, .show = show_entry };

	switch (p->edit) {
	case POSTCONF_SHOW:
		return show(&v, false);
	case POSTCONF_SET:
		return change(p, MASTER_EDIT_ENTRY);
	case POSTCONF_REMOVE:
		return change(p, MASTER_EDIT_REMOVE);
	case POSTCONF_COMMENT:
		return change(p, MASTER_EDIT_COMMENT);
	}
	return EX_USAGE;
}

int
postconf_fields(const struct postconf *p)
{
	struct showing v = { .postconf = p, .show = show_fields };

	if (p->edit == POSTCONF_SHOW)
		return show(&v, true);
	if (p->edit != POSTCONF_SET)
		refuse_edit('F');
	return change(p, MASTER_EDIT_FIELD);
}

int
postconf_overrides(const struct postconf *p)
{
	struct showing v = { .postconf = p, .show = show_overrides };

	if (p->all_params)
		v.show = show_all_params;
	if (p->edit == POSTCONF_SHOW)
		return show(&v, true);
	if (p->edit == POSTCONF_COMMENT)
		refuse_edit('P');
	return change(p, p->edit == POSTCONF_SET ? MASTER_EDIT_OVERRIDE : MASTER_EDIT_UNSET);
}
