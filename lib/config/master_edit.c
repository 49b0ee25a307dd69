/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An entry is changed as text and then read as master would read it, so that whatever is written can be
 * read again, and words about a mistake are the same everywhere.
 */
#include "lib/config/master_edit.h"

#include "lib/base/err.h"
#include "lib/config/edit.h"
#include "lib/config/item.h"
#include "lib/config/logical.h"
#include "lib/config/master_format.h"
#include "lib/config/rewrite.h"

static const char *const field_names[MASTER_COLUMNS] = {
	[MASTER_COLUMN_NAME] = "service",
	[MASTER_COLUMN_TYPE] = "type",
	[MASTER_COLUMN_PRIVATE] = "private",
	[MASTER_COLUMN_UNPRIVILEGED] = "unprivileged",
	[MASTER_COLUMN_CHROOT] = "chroot",
	[MASTER_COLUMN_WAKEUP] = "wakeup",
	[MASTER_COLUMN_PROCESS_LIMIT] = "process_limit",
	[MASTER_COLUMN_PROGRAM] = "command",
};

struct editing {
	enum master_edit_kind kind;
	struct master_edit *edits;
	size_t count;
	struct buf *out;
	struct why *why;
};

const char *
master_field_name(enum master_column column)
{
	return field_names[column];
}

enum master_column
master_field_find(struct str name)
{
	size_t i = 0;

	while (i < MASTER_COLUMNS && !str_equal(name, str_of(field_names[i])))
		i++;
	return (enum master_column)i;
}

static bool
matches(struct str pattern, const char *text)
{
	return pattern.n == 0 || str_equal(pattern, STR("*")) || str_equal(pattern, str_of(text));
}

bool
master_entry_matches(const struct master_entry *e, struct str name, struct str type)
{
	return matches(name, e->name) && matches(type, master_type_name(e->type));
}

static int
too_long(struct editing *e)
{
	why_set(e->why, "the file would be longer than %zu bytes", e->out->max);
	return ERR_TOO_LONG;
}

/* --- Entries as text ----------------------------------------------------------------------- */

static void
keep_first(void *context, bool is_error, const char *text)
{
	struct why *why = context;

	if (is_error)
		why_set(why, "%s", text);
}

/* One line as one entry; *m is to be dropped. */
static int
parse(struct str line, struct master_cf *m, struct why *why)
{
	int result = master_cf_parse("master.cf", line, m, keep_first, why);

	if (result == 0 && m->count != 1) {
		why_set(why, "\"%.*s\" is not one entry", STR_ARG(line));
		master_cf_drop(m);
		return ERR_SYNTAX;
	}
	return result;
}

/* Columns and program, one of them replaced. */
static int
add_columns(const struct master_entry *e, const struct master_edit *edit, struct buf *line)
{
	enum master_column changed = master_field_find(edit->field);
	int result = 0;

	for (size_t i = 0; i < MASTER_COLUMNS && result == 0; i++) {
		struct str text = str_of(e->columns[i]);

		if (i == changed)
			text = edit->value;
		result = buf_addf(line, "%s%.*s", i != 0 ? " " : "", STR_ARG(text));
	}
	return result;
}

/* The new value of -o name, if it has one. */
static int
add_override(
    const struct master_edit *edit, const struct config_override *old, bool unset, struct buf *line)
{
	bool is_it = str_equal(edit->field, str_of(old->name));
	struct str value = is_it ? edit->value : str_of(old->value);

	if (is_it && unset)
		return 0;
	return buf_addf(line, " -o {%s=%.*s}", old->name, STR_ARG(value));
}

struct arguments {
	const struct master_entry *entry;
	const struct master_edit *edit;
	enum master_edit_kind kind;
	bool written; /* the override stands among the options */
};

static int
add_new_override(struct arguments *a, struct buf *line)
{
	if (a->kind != MASTER_EDIT_OVERRIDE || a->written)
		return 0;
	a->written = true;
	return buf_addf(line, " -o {%.*s=%.*s}", STR_ARG(a->edit->field), STR_ARG(a->edit->value));
}

static int
add_arguments(struct arguments *a, struct buf *line)
{
	const struct master_entry *e = a->entry;
	size_t overrides = 0, i = 0;
	int result = 0;

	for (; i < e->arg_count && e->args[i][0] == '-' && result == 0; i++) {
		if (strncmp(e->args[i], "-o", 2) != 0) {
			result = buf_add_byte(line, ' ');
			if (result == 0)
				result = master_format_word(str_of(e->args[i]), line);
			continue;
		}
		i += e->args[i][2] == '\0';
		a->written |= str_equal(a->edit->field, str_of(e->overrides[overrides].name));
		result = add_override(
		    a->edit, &e->overrides[overrides++], a->kind == MASTER_EDIT_UNSET, line);
	}
	if (result == 0)
		result = add_new_override(a, line);
	for (; i < e->arg_count && result == 0; i++) {
		result = buf_add_byte(line, ' ');
		if (result == 0)
			result = master_format_word(str_of(e->args[i]), line);
	}
	return result;
}

/* The entry's text with the edit made. */
static int
make_line(struct editing *e, const struct master_entry *entry, const struct master_edit *edit,
    struct buf *line)
{
	struct arguments a = { .entry = entry, .edit = edit, .kind = e->kind };
	bool is_column = e->kind == MASTER_EDIT_FIELD;
	static const struct master_edit none;
	int result;

	if (e->kind == MASTER_EDIT_ENTRY)
		return buf_add(line, edit->value);
	result = add_columns(entry, is_column ? edit : &none, line);
	if (is_column && master_field_find(edit->field) == MASTER_COLUMN_PROGRAM)
		return result;
	a.edit = is_column ? &none : edit;
	return result < 0 ? result : add_arguments(&a, line);
}

/* --- The file ------------------------------------------------------------------------------ */

static int
write_entry(struct editing *e, struct str line)
{
	struct master_cf m;
	int result = parse(line, &m, e->why);

	if (result < 0)
		return result;
	result = master_format_entry(&m.entries[0], true, e->out);
	if (result == 0)
		result = buf_add_byte(e->out, '\n');
	master_cf_drop(&m);
	return result < 0 ? too_long(e) : 0;
}

/* Makes every edit that means the entry. *changed: at least one does. */
static int
apply(struct editing *e, struct buf *line, bool *changed)
{
	for (size_t i = 0; i < e->count; i++) {
		AUTO(buf) next = BUF_INIT(line->max);
		struct master_cf m;
		int result = parse(buf_str(line), &m, e->why);

		if (result < 0)
			return i == 0 ? 0 : result; /* what cannot be read stays as it is */
		if (master_entry_matches(&m.entries[0], e->edits[i].name, e->edits[i].type)) {
			e->edits[i].matched = *changed = true;
			result = make_line(e, &m.entries[0], &e->edits[i], &next);
			buf_clear(line);
			if (result == 0)
				result = buf_add(line, buf_str(&next));
		}
		master_cf_drop(&m);
		if (result < 0)
			return too_long(e);
	}
	return 0;
}

/* What becomes of one entry; *changed: it was written to *out, with the comments in it. */
static int
edit_entry(struct editing *e, const struct logical *in, bool *changed)
{
	AUTO(buf) line = BUF_INIT(LOGICAL_MAX);
	bool goes = e->kind == MASTER_EDIT_REMOVE || e->kind == MASTER_EDIT_COMMENT;
	struct editing matching = *e;
	int result = buf_add(&line, in->text);

	if (goes)
		matching.kind = MASTER_EDIT_UNSET; /* of no name: changes nothing */
	if (result == 0)
		result = apply(&matching, &line, changed);
	if (result < 0 || !*changed)
		return result;
	if (!goes)
		result = write_entry(e, buf_str(&line));
	if (result == 0)
		result = edit_take_out(in->span, e->kind == MASTER_EDIT_COMMENT, e->out);
	return result == ERR_TOO_LONG ? too_long(e) : result;
}

static int
write_new_entries(struct editing *e)
{
	int result = 0;

	for (size_t i = 0; i < e->count && result == 0; i++) {
		if (e->kind != MASTER_EDIT_ENTRY || e->edits[i].matched)
			continue;
		if (e->out->n != 0 && e->out->p[e->out->n - 1] != '\n')
			result = buf_add_byte(e->out, '\n');
		if (result == 0)
			result = write_entry(e, e->edits[i].value);
	}
	return result;
}

/* Copies what stands before an entry that changes, and passes over the entry. */
static int
edit_next(struct editing *e, const struct logical *in, const char **copied, const char *end)
{
	size_t before = e->out->n;
	bool changed = false;
	int result = buf_add(e->out, str_make(*copied, (size_t)(in->span.p - *copied)));

	if (result == 0)
		result = edit_entry(e, in, &changed);
	if (result < 0)
		return result;
	if (!changed) {
		buf_cut(e->out, before);
		return 0;
	}
	*copied = in->span.p + in->span.n;
	if (*copied < end) /* the end of its last line was written with it */
		(*copied)++;
	return 0;
}

int
master_edit_text(struct str text, enum master_edit_kind kind, struct master_edit *edits,
    size_t count, struct buf *out, struct why *why)
{
	struct editing e = { .kind = kind, .edits = edits, .count = count, .out = out, .why = why };
	AUTO(logical) in = LOGICAL_INIT(text);
	const char *copied = text.p != NULL ? text.p : "", *end = copied + text.n;
	int result = 0;

	while (result == 0 && logical_next(&in))
		result = edit_next(&e, &in, &copied, end);
	if (result == 0)
		result = buf_add(out, str_make(copied, (size_t)(end - copied)));
	return result < 0 ? result : write_new_entries(&e);
}

struct edit_job {
	enum master_edit_kind kind;
	struct master_edit *edits;
	size_t count;
};

static int
make(void *context, struct str old, struct buf *out, struct why *why)
{
	const struct edit_job *job = context;

	return master_edit_text(old, job->kind, job->edits, job->count, out, why);
}

int
master_edit_file(const char *path, enum master_edit_kind kind, struct master_edit *edits,
    size_t count, struct why *why)
{
	struct edit_job job = { .kind = kind, .edits = edits, .count = count };

	return rewrite_file(path, make, &job, why);
}
