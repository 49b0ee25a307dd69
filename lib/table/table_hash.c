/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hash:/path is the index /path.db, made by postmap or postalias from the text in /path.
 *
 * A daemon that has given up its rights may be unable to open the file again, and an administrator
 * expects a new index to count at once. So each look-up asks about the *open* file (fstat): it has
 * changed when it lost its name (our postmap renames a new one over it) or was written again
 * (Postfix's postmap rewrites it in place, under a lock). Then it is opened again; where that fails,
 * the look-up fails, and the next one tries again: an index that is gone is not an empty one.
 */
#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "lib/table/hash_file.h"
#include "lib/table/table_type.h"

struct hash_table {
	struct table table;
	struct hash_file *file; /* NULL: to be opened */
	struct file_info info;  /* when it was opened */
	char *path;             /* of the index */
};

static void
forget_file(struct hash_table *h)
{
	hash_file_close(h->file);
	h->file = NULL;
}

static int
open_file(struct hash_table *h, struct why *why)
{
	int result;

	h->file = hash_file_open(h->path, why);
	if (h->file == NULL)
		return ERR_TEMPORARY;
	result = sys_info_fd(hash_file_fd(h->file), &h->info);
	if (result < 0) {
		why_set(why, "%s", err_text(result));
		forget_file(h);
	}
	return result;
}

/* Under the lock that writers take: what is half written is not opened. */
static int
open_index(struct hash_table *h, struct why *why)
{
	int fd = sys_open(h->path, O_RDONLY | O_NONBLOCK, 0);
	int result = fd >= 0 ? sys_lock(fd, false) : fd;

	if (result < 0)
		why_set(why, "%s", result == -EAGAIN ? "it is being written" : err_text(result));
	else
		result = open_file(h, why);
	sys_close(fd);
	if (result < 0)
		why_prefix(why, "cannot open %s: ", h->path);
	return result;
}

static bool
has_changed(struct hash_table *h)
{
	struct file_info now;

	if (sys_info_fd(hash_file_fd(h->file), &now) < 0)
		return true;
	return now.links == 0 || now.modified != h->info.modified || now.size != h->info.size;
}

static void
note_older_index(struct hash_table *h)
{
	AUTO(buf) source = BUF_INIT(8192);
	struct file_info info;

	if (buf_add(&source, str_part(str_of(h->path), 0, strlen(h->path) - 3)) < 0)
		return;
	if (sys_info(buf_text(&source), &info) == 0 && info.modified > h->info.modified)
		why_set(&h->table.notice,
		    "%s is older than its source %s: run postmap (newaliases for aliases)", h->path,
		    buf_text(&source));
}

static void
close_hash(struct table *t)
{
	struct hash_table *h = CONTAINER_OF(t, struct hash_table, table);

	forget_file(h);
	mem_free(h->path);
	mem_free(h);
}

static struct table *
open_hash(const char *rest, unsigned flags, struct why *why)
{
	struct hash_table *h = NEW(struct hash_table);
	AUTO(buf) path = BUF_INIT(8192);

	if (buf_addf(&path, "%s.db", rest) < 0) {
		why_set(why, "the path is too long");
		mem_free(h);
		return NULL;
	}
	h->path = mem_strdup(buf_text(&path));
	if (open_index(h, why) == 0) {
		note_older_index(h);
		return &h->table;
	}
	if ((flags & TABLE_LATE) != 0) {
		h->table.notice = *why; /* each look-up will try again */
		return &h->table;
	}
	close_hash(&h->table);
	return NULL;
}

static int
find_once(struct hash_table *h, struct str key, struct buf *value, struct why *why)
{
	if (h->file != NULL && has_changed(h))
		forget_file(h);
	if (h->file == NULL && open_index(h, why) < 0)
		return ERR_TEMPORARY;
	return hash_file_get(h->file, key, value, why);
}

static int
find_hash(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct hash_table *h = CONTAINER_OF(t, struct hash_table, table);
	int result;

	(void)deadline;
	result = find_once(h, key, value, why);
	if (result <= 0 && h->file != NULL && has_changed(h)) {
		buf_clear(value);
		result = find_once(h, key, value, why);
	}
	if (result < 0)
		forget_file(h);
	return result;
}

const struct table_type table_type_hash = {
	.name = "hash",
	.open = open_hash,
	.find = find_hash,
	.close = close_hash,
};
