/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hash:/path is the index /path.db, made by postmap or postalias from the text in /path; btree, lmdb
 * and cdb are the same in other forms.
 *
 * A new index counts without a restart. Asking the system at each look-up would cost more than the
 * look-up: the open file is looked at once a second, and what the name stands for with it. But "no
 * such key" counts only when the file has not changed: a name just added is known at once, and an
 * index that Postfix's postmap writes again in place may for a moment lack what both its states have.
 * Such a writer holds a lock, and tasks wait for it. An index that is gone is not an empty one: the
 * look-up fails.
 *
 * A process that has given up its rights, or sits behind walls, may be unable to open the new file:
 * that, too, is a failure, and each look-up tries again.
 */
#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/run/task.h"
#include "lib/sys/file.h"
#include "lib/table/index_file.h"
#include "lib/table/settings.h"
#include "lib/table/table_type.h"

#define WRITER_PATIENCE (10 * TICKS_SECOND)
#define WRITER_CHECK    (20 * TICKS_MS)

struct index_table {
	struct table table;
	const struct index_format *format;
	struct index_file *file; /* NULL: to be opened */
	struct file_info info;   /* when it was opened */
	struct turn turn;        /* to look at it again */
	char *path;              /* of the index */
};

static void
forget_file(struct index_table *x)
{
	index_file_close(x->file);
	x->file = NULL;
}

static int
open_file(struct index_table *x, struct why *why)
{
	int result;

	x->file = index_file_open(x->format, x->path, why);
	if (x->file == NULL)
		return ERR_TEMPORARY;
	result = sys_info_fd(index_file_fd(x->file), &x->info);
	if (result < 0) {
		why_set(why, "%s", err_text(result));
		forget_file(x);
	}
	return result;
}

/* Under the lock that writers take: what is half written is not opened. */
static int
open_index(struct index_table *x, struct why *why)
{
	int fd = sys_open(x->path, O_RDONLY | O_NONBLOCK, 0);
	int result = fd >= 0 ? sys_lock(fd, false) : fd;

	if (result < 0)
		why_set(why, "%s", result == -EAGAIN ? "it is being written" : err_text(result));
	else
		result = open_file(x, why);
	sys_close(fd);
	if (result < 0)
		why_prefix(why, "cannot open %s: ", x->path);
	(void)turn_take(&x->turn);
	return result;
}

/* The open file lost its name, or was written again. */
static bool
has_changed(const struct index_table *x)
{
	struct file_info now;

	if (sys_info_fd(index_file_fd(x->file), &now) < 0)
		return true;
	return now.links == 0 || now.modified != x->info.modified || now.size != x->info.size;
}

/* The same, or its name stands for another file: a symbolic link was turned. */
static bool
is_replaced(const struct index_table *x)
{
	struct file_info named;

	if (has_changed(x))
		return true;
	return sys_info(x->path, &named) == 0 &&
	       (named.inode != x->info.inode || named.device != x->info.device);
}

static void
note_older_index(struct index_table *x, const char *source)
{
	struct file_info info;

	if (!table_settings()->tells_of_old_indexes)
		return;
	if (sys_info(source, &info) == 0 && info.modified > x->info.modified)
		why_set(&x->table.notice,
		    "%s is older than its source %s: run postmap (newaliases for aliases)", x->path,
		    source);
}

static void
close_index(struct table *t)
{
	struct index_table *x = CONTAINER_OF(t, struct index_table, table);

	forget_file(x);
	mem_free(x->path);
	mem_free(x);
}

static struct table *
open_type(const struct index_format *format, const char *rest, unsigned flags, struct why *why)
{
	struct index_table *x = NEW(struct index_table);
	AUTO(buf) path = BUF_INIT(8192);

	if (buf_addf(&path, "%s%s", rest, format->suffix) < 0) {
		why_set(why, "the path is too long");
		mem_free(x);
		return NULL;
	}
	x->format = format;
	x->path = mem_strdup(buf_text(&path));
	if (open_index(x, why) == 0) {
		note_older_index(x, rest);
		return &x->table;
	}
	if ((flags & TABLE_LATE) != 0) {
		x->table.notice = *why; /* each look-up will try again */
		return &x->table;
	}
	close_index(&x->table);
	return NULL;
}

/* Opens the file where that is needed; one that is being written is waited for, in a task. */
PARKS static int
need_file(struct index_table *x, int64_t deadline, struct why *why)
{
	int64_t patience = task_self() != NULL ? run_deadline(WRITER_PATIENCE) : 0;
	int result = 0;

	while (x->file == NULL) {
		result = open_index(x, why);
		if (result != -EAGAIN || task_self() == NULL || run_now() >= patience ||
		    run_now() >= deadline)
			return result;
		result = task_sleep(run_deadline(WRITER_CHECK));
		if (result < 0)
			return result;
	}
	return 0;
}

PARKS static int
find_once(
    struct index_table *x, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	if (need_file(x, deadline, why) < 0)
		return ERR_TEMPORARY;
	return index_file_get(x->file, key, value, why);
}

PARKS static int
find_index(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct index_table *x = CONTAINER_OF(t, struct index_table, table);
	int result;

	if (x->file != NULL && turn_take(&x->turn) && is_replaced(x))
		forget_file(x);
	result = find_once(x, key, value, deadline, why);
	if (result <= 0 && x->file != NULL && has_changed(x)) {
		buf_clear(value);
		forget_file(x);
		result = find_once(x, key, value, deadline, why);
	}
	if (result < 0)
		forget_file(x);
	return result;
}

#define INDEX_TYPE(word)                                                                    \
	static struct table *open_##word(const char *rest, unsigned flags, struct why *why) \
	{                                                                                   \
		return open_type(&index_##word, rest, flags, why);                          \
	}                                                                                   \
	const struct table_type table_type_##word = {                                       \
		.name = #word,                                                              \
		.open = open_##word,                                                        \
		.find = find_index,                                                         \
		.close = close_index,                                                       \
	};

INDEX_TYPE(btree)
INDEX_TYPE(hash)
#ifdef HAVE_CDB
INDEX_TYPE(cdb)
#endif
#ifdef HAVE_LMDB
INDEX_TYPE(lmdb)
#endif
