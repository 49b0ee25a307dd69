/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Postfix's postmap rewrites the index in place: readers must lock, and a crash leaves half a table.
 * Here the new file is filled under a random name in the same folder, synced, renamed, and the
 * folder synced. Who changes an index, rather than makes it anew, holds a lock on the present one,
 * so that no change is lost between two of them.
 */
#include "lib/table/index_build.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "lib/sys/random.h"
#include "lib/table/index_file.h"

#define PATH_ROOM ((size_t)8192)

struct index_build {
	const struct index_format *format;
	struct index_file *file;
	struct buf target, temporary; /* paths */
	int present;                  /* the locked file that is being replaced; -1: none */
	bool is_done;
};

static int
fail(struct why *why, const char *what, const char *path, int code)
{
	why_set(why, "cannot %s %s: %s", what, path, err_text(code));
	return code;
}

/* Opens and locks the present index; it must still have its name once we have the lock. */
static int
lock_present(struct index_build *b, struct why *why)
{
	const char *path = buf_text(&b->target);
	struct file_info ours, named;
	int result;

	b->present = sys_open(path, O_RDONLY | O_NOFOLLOW, 0);
	if (b->present == -ENOENT) {
		b->present = -1;
		return 0;
	}
	if (b->present < 0)
		return fail(why, "open", path, b->present);
	result = sys_lock(b->present, true);
	if (result == 0)
		result = sys_info_fd(b->present, &ours);
	if (result == 0)
		result = sys_info(path, &named);
	if (result == 0 && (ours.inode != named.inode || ours.device != named.device))
		result = -EAGAIN;
	if (result == -EAGAIN) {
		why_set(why, "another program is changing %s; try again", path);
		return result;
	}
	return result < 0 ? fail(why, "lock", path, result) : 0;
}

static int
copy_present(struct index_build *b, struct why *why)
{
	struct index_file *from = index_file_open(b->format, buf_text(&b->target), why);
	struct str key, value;
	int result;

	if (from == NULL) {
		why_prefix(why, "cannot read %s: ", buf_text(&b->target));
		return ERR_CORRUPT;
	}
	while ((result = index_file_next(from, &key, &value, why)) > 0) {
		result = index_file_put(b->file, key, value, false, why);
		if (result < 0)
			break;
	}
	index_file_close(from);
	return result;
}

static int
begin(struct index_build *b, const struct index_build_options *o, struct why *why)
{
	struct index_create create = o->file;
	int result = 0;

	if (o->from_present && b->format->write_once) {
		why_set(why, "a %s index cannot be changed, only made anew", b->format->name);
		return ERR_UNSUPPORTED;
	}
	if (o->from_present)
		result = lock_present(b, why);
	if (result < 0)
		return result;
	create.mode |= 0600;
	b->file = index_file_create(b->format, buf_text(&b->temporary), &create, why);
	if (b->file == NULL) {
		why_prefix(why, "cannot make %s: ", buf_text(&b->temporary));
		return ERR_REFUSED;
	}
	if (o->give_away) {
		result = sys_set_owner(buf_text(&b->temporary), o->uid, o->gid);
		if (result < 0)
			return fail(why, "set the owner of", buf_text(&b->temporary), result);
	}
	return b->present >= 0 ? copy_present(b, why) : 0;
}

struct index_build *
index_build_open(const char *path, const struct index_build_options *o, struct why *why)
{
	struct index_build *b = NEW(struct index_build);
	int result;

	b->format = o->format;
	b->present = -1;
	buf_init(&b->target, PATH_ROOM);
	buf_init(&b->temporary, PATH_ROOM);
	result = buf_addf(&b->target, "%s%s", path, b->format->suffix);
	if (result == 0)
		result = buf_addf(&b->temporary, "%s.%016llx", buf_text(&b->target),
		    (unsigned long long)random_u64());
	if (result < 0)
		why_set(why, "%s: the path is too long", path);
	else
		result = begin(b, o, why);
	if (result == 0)
		return b;
	index_build_close(b);
	return NULL;
}

int
index_build_put(
    struct index_build *b, struct str key, struct str value, bool replace, struct why *why)
{
	int result = index_file_put(b->file, key, value, replace, why);

	if (result < 0)
		why_prefix(why, "cannot write %s: ", buf_text(&b->temporary));
	return result;
}

int
index_build_remove(struct index_build *b, struct str key, struct why *why)
{
	int result = index_file_remove(b->file, key, why);

	if (result < 0)
		why_prefix(why, "cannot write %s: ", buf_text(&b->temporary));
	return result;
}

static int
sync_folder_of(const struct buf *path)
{
	AUTO(buf) folder = BUF_INIT(PATH_ROOM);
	size_t slash = str_rindex(buf_str(path), '/');
	int result;

	if (slash == path->n)
		return sys_sync_folder(AT_FDCWD, ".");
	result = buf_add(&folder, str_part(buf_str(path), 0, slash + 1));
	return result == 0 ? sys_sync_folder(AT_FDCWD, buf_text(&folder)) : result;
}

int
index_build_commit(struct index_build *b, struct why *why)
{
	int result = index_file_sync(b->file, why);

	if (result < 0) {
		why_prefix(why, "cannot write %s: ", buf_text(&b->temporary));
		return result;
	}
	result = sys_rename(buf_text(&b->temporary), buf_text(&b->target));
	if (result < 0)
		return fail(why, "replace", buf_text(&b->target), result);
	b->is_done = true;
	result = sync_folder_of(&b->target);
	return result < 0 ? fail(why, "sync the folder of", buf_text(&b->target), result) : 0;
}

void
index_build_close(struct index_build *b)
{
	if (b == NULL)
		return;
	if (b->file != NULL && !b->is_done)
		(void)!sys_unlink(buf_text(&b->temporary));
	index_file_close(b->file);
	sys_close(b->present);
	buf_drop(&b->target);
	buf_drop(&b->temporary);
	mem_free(b);
}
