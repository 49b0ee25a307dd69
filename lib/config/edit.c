/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/config/edit.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/config/logical.h"
#include "lib/config/rewrite.h"

struct editing {
	enum edit_kind kind;
	const struct edit *edits;
	size_t count;
	bool *done; /* of each edit: its value has been written */
	struct buf *out;
};

static const struct edit *
find_edit(const struct editing *e, struct str name)
{
	for (size_t i = 0; i < e->count; i++) {
		if (str_equal(e->edits[i].name, name))
			return &e->edits[i];
	}
	return NULL;
}

static int
write_value(struct editing *e, const struct edit *edit)
{
	bool *done = &e->done[edit - e->edits];

	if (*done)
		return 0;
	*done = true;
	return buf_addf(e->out, "%.*s =%s%.*s\n", STR_ARG(edit->name),
	    edit->value.n != 0 ? " " : "", STR_ARG(edit->value));
}

int
edit_take_out(struct str span, bool as_comment, struct buf *out)
{
	struct str line;
	int result = 0;

	while (result == 0 && str_split(&span, '\n', &line)) {
		struct str text = str_trim(line);
		bool is_own = text.n != 0 && text.p[0] != '#';

		if (is_own && !as_comment)
			continue;
		result = buf_addf(out, "%s%.*s\n", is_own ? "#" : "", STR_ARG(line));
	}
	return result;
}

static int
write_definition(struct editing *e, const struct edit *edit, struct str span)
{
	int result = e->kind == EDIT_SET ? write_value(e, edit) : 0;

	return result < 0 ? result : edit_take_out(span, e->kind == EDIT_COMMENT, e->out);
}

/* Copies what comes before a definition, changes it, and answers where the rest begins. */
static int
change(struct editing *e, const struct edit *edit, struct str span, const char **copied)
{
	int result = buf_add(e->out, str_make(*copied, (size_t)(span.p - *copied)));

	if (result == 0)
		result = write_definition(e, edit, span);
	*copied = span.p + span.n;
	return result;
}

static int
write_missing(struct editing *e)
{
	int result = 0;

	if (e->out->n != 0 && e->out->p[e->out->n - 1] != '\n')
		result = buf_add_byte(e->out, '\n');
	for (size_t i = 0; i < e->count && result == 0; i++)
		result = write_value(e, &e->edits[i]);
	return result;
}

static int
edit_lines(struct editing *e, struct str text)
{
	AUTO(logical) in = LOGICAL_INIT(text);
	const char *copied = text.p, *end = text.p + text.n;
	struct str name, value;
	struct why why;
	int result = 0;

	while (result == 0 && logical_next(&in)) {
		const struct edit *edit = NULL;

		if (item_split_name(in.text, &name, &value, &why) == 0)
			edit = find_edit(e, name);
		if (edit == NULL)
			continue;
		result = change(e, edit, in.span, &copied);
		if (copied < end) /* the end of its last line was written with it */
			copied++;
	}
	if (result == 0)
		result = buf_add(e->out, str_make(copied, (size_t)(end - copied)));
	if (result == 0 && e->kind == EDIT_SET)
		result = write_missing(e);
	return result;
}

int
edit_text(
    struct str text, enum edit_kind kind, const struct edit *edits, size_t count, struct buf *out)
{
	struct editing e = { .kind = kind, .edits = edits, .count = count, .out = out };
	int result;

	if (text.p == NULL)
		text = STR("");
	e.done = mem_array(count + 1, sizeof(bool));
	result = edit_lines(&e, text);
	mem_free(e.done);
	return result;
}

struct edit_job {
	enum edit_kind kind;
	const struct edit *edits;
	size_t count;
};

static int
make(void *context, struct str old, struct buf *out, struct why *why)
{
	const struct edit_job *job = context;
	int result = edit_text(old, job->kind, job->edits, job->count, out);

	if (result < 0)
		why_set(why, "the file would be longer than %zu bytes", out->max);
	return result;
}

int
edit_file(
    const char *path, enum edit_kind kind, const struct edit *edits, size_t count, struct why *why)
{
	struct edit_job job = { .kind = kind, .edits = edits, .count = count };

	return rewrite_file(path, make, &job, why);
}
