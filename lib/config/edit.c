/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/config/edit.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/config/logical.h"
#include "lib/sys/file.h"
#include "lib/sys/lock.h"
#include "lib/sys/path.h"

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
write_line(struct editing *e, struct str line)
{
	int result = buf_add(e->out, line);

	return result < 0 ? result : buf_add_byte(e->out, '\n');
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

/* The lines of a definition: its own go or become comments, the comments between them stay. */
static int
write_definition(struct editing *e, const struct edit *edit, struct str span)
{
	struct str line;
	int result = e->kind == EDIT_SET ? write_value(e, edit) : 0;

	while (result == 0 && str_split(&span, '\n', &line)) {
		struct str text = str_trim(line);

		if (text.n == 0 || text.p[0] == '#') {
			result = write_line(e, line);
		} else if (e->kind == EDIT_COMMENT) {
			result = buf_add_byte(e->out, '#');
			if (result == 0)
				result = write_line(e, line);
		}
	}
	return result;
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

/* --- Files --------------------------------------------------------------------------------- */

static int
fill_file(int fd, const struct file_info *as, struct str text)
{
	struct file_info now;
	int result = sys_write_all(fd, text);

	if (result == 0)
		result = sys_info_fd(fd, &now);
	if (result == 0 && (now.uid != as->uid || now.gid != as->gid))
		result = sys_set_owner_fd(fd, as->uid, as->gid);
	if (result == 0)
		result = sys_set_mode_fd(fd, as->mode);
	if (result == 0)
		result = sys_sync(fd);
	return result;
}

/* The folder's descriptor is the lock, and what makes the rename durable. */
static int
open_locked_folder(const char *path, struct why *why)
{
	AUTO(buf) folder = BUF_INIT(4096);
	struct str name = str_of(path);
	size_t slash = str_rindex(name, '/');
	int fd, result = 0;

	if (slash == name.n)
		result = buf_add(&folder, STR("."));
	else
		result = buf_add(&folder, str_part(name, 0, slash != 0 ? slash : 1));
	if (result < 0)
		return result;
	fd = sys_open(buf_text(&folder), O_RDONLY | O_DIRECTORY, 0);
	result = fd < 0 ? fd : sys_lock(fd, true);
	if (result == 0)
		return fd;
	if (result == -EAGAIN)
		why_set(why, "another edit in %s is under way", buf_text(&folder));
	else
		why_set(why, "cannot lock %s: %s", buf_text(&folder), err_text(result));
	sys_close(fd);
	return result;
}

static int
replace_file(const char *path, const char *temporary, const struct file_info *as, struct str text)
{
	int fd = sys_open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	int result = fd < 0 ? fd : fill_file(fd, as, text);

	sys_close(fd);
	if (result == 0)
		result = sys_rename(temporary, path);
	if (result < 0 && fd >= 0 && sys_unlink(temporary) < 0)
		return result; /* the first failure; the next edit writes over what is left */
	return result;
}

static int
edit_locked(const char *path, int folder, enum edit_kind kind, const struct edit *edits,
    size_t count, struct why *why)
{
	AUTO(buf) old = BUF_INIT(LOGICAL_MAX);
	AUTO(buf) new = BUF_INIT(LOGICAL_MAX);
	AUTO(buf) temporary = BUF_INIT(4096);
	struct file_info info;
	int result = sys_info(path, &info);

	if (result == 0)
		result = sys_read_file(path, &old);
	if (result < 0) {
		why_set(why, "cannot read %s: %s", path, err_text(result));
		return result;
	}
	result = edit_text(buf_str(&old), kind, edits, count, &new);
	if (result == 0)
		result = buf_addf(&temporary, "%s.tmp", path);
	if (result == 0)
		result = replace_file(path, buf_text(&temporary), &info, buf_str(&new));
	if (result == 0)
		result = sys_sync(folder);
	if (result < 0)
		why_set(why, "cannot write %s: %s", path, err_text(result));
	return result;
}

int
edit_file(
    const char *path, enum edit_kind kind, const struct edit *edits, size_t count, struct why *why)
{
	int folder = open_locked_folder(path, why);
	int result;

	if (folder < 0)
		return folder;
	result = edit_locked(path, folder, kind, edits, count, why);
	sys_close(folder);
	return result;
}
