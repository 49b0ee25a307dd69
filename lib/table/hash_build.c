/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Postfix's postmap rewrites the index in place: readers must lock, and a crash leaves half a table.
 * Here the new file is filled under a random name in the same folder, synced, renamed, and the
 * folder synced. Who changes an index, rather than makes it anew, holds a lock on the present one,
 * so that no change is lost between two of them.
 */
#include "lib/table/hash_build.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "lib/sys/random.h"
#include "lib/table/hash_file.h"

#define PATH_ROOM ((size_t)8192)

struct hash_build {
	struct hash_file *file;
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
lock_present(struct hash_build *b, struct why *why)
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
copy_present(struct hash_build *b, struct why *why)
{
	struct hash_file *from = hash_file_open(buf_text(&b->target), why);
	struct str key, value;
	int result;

	if (from == NULL) {
		why_prefix(why, "cannot read %s: ", buf_text(&b->target));
		return ERR_CORRUPT;
	}
	while ((result = hash_file_next(from, &key, &value, why)) > 0) {
		result = hash_file_put(b->file, key, value, false, why);
		if (result < 0)
			break;
	}
	hash_file_close(from);
	return result;
}

static int
begin(struct hash_build *b, const struct hash_build_options *o, struct why *why)
{
	int result = o->from_present ? lock_present(b, why) : 0;

	if (result < 0)
		return result;
	b->file = hash_file_create(buf_text(&b->temporary), o->mode | 0600, o->final_nul, why);
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

struct hash_build *
hash_build_open(const char *path, const struct hash_build_options *o, struct why *why)
{
	struct hash_build *b = NEW(struct hash_build);
	int result;

	b->present = -1;
	buf_init(&b->target, PATH_ROOM);
	buf_init(&b->temporary, PATH_ROOM);
	result = buf_addf(&b->target, "%s.db", path);
	if (result == 0)
		result = buf_addf(
		    &b->temporary, "%s.db.%016llx", path, (unsigned long long)random_u64());
	if (result < 0)
		why_set(why, "%s: the path is too long", path);
	else
		result = begin(b, o, why);
	if (result == 0)
		return b;
	hash_build_close(b);
	return NULL;
}

int
hash_build_put(
    struct hash_build *b, struct str key, struct str value, bool replace, struct why *why)
{
	int result = hash_file_put(b->file, key, value, replace, why);

	if (result < 0)
		why_prefix(why, "cannot write %s: ", buf_text(&b->temporary));
	return result;
}

int
hash_build_remove(struct hash_build *b, struct str key, struct why *why)
{
	int result = hash_file_remove(b->file, key, why);

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
hash_build_commit(struct hash_build *b, struct why *why)
{
	int result = hash_file_sync(b->file, why);

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
hash_build_close(struct hash_build *b)
{
	if (b == NULL)
		return;
	if (b->file != NULL && !b->is_done)
		(void)!sys_unlink(buf_text(&b->temporary));
	hash_file_close(b->file);
	sys_close(b->present);
	buf_drop(&b->target);
	buf_drop(&b->temporary);
	mem_free(b);
}
