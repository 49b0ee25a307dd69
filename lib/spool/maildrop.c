/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder's group may make files in it and not list it: set-gid postdrop can neither read nor
 * sync the folder. So a file has its name from the start, and sync of the file brings the name to
 * the disk with it (ext4, xfs, btrfs: the directory entry is in the same or an earlier
 * transaction); the mode, changed last and synced too, says that it is whole.
 */
#include "lib/spool/maildrop.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/err.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"
#include "lib/sys/random.h"

#define NAME_ATTEMPTS 10

static int
fail(int result, const char *what, const struct maildrop_writer *w, struct why *why)
{
	why_set(why, "cannot %s %s: %s", what, w->path, err_text(result));
	return result;
}

static int
create(struct maildrop_writer *w)
{
	w->id = queue_id_make(sys_clock_wall(), random_below(QUEUE_ID_NONCE_MAX));
	snprintf(w->path, sizeof(w->path), MAILDROP_FOLDER "/%s", w->id.text);
	return sys_open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
}

int
maildrop_create(struct maildrop_writer *w, struct why *why)
{
	int fd = -EEXIST;

	for (int i = 0; i < NAME_ATTEMPTS && fd == -EEXIST; i++)
		fd = create(w);
	w->fd = fd < 0 ? -1 : fd;
	return fd < 0 ? fail(fd, "make", w, why) : 0;
}

int
maildrop_add(struct maildrop_writer *w, struct str bytes, struct why *why)
{
	int result = sys_write_all(w->fd, bytes);

	return result < 0 ? fail(result, "write", w, why) : 0;
}

int
maildrop_commit(struct maildrop_writer *w, struct why *why)
{
	int result = sys_sync(w->fd);

	if (result == 0)
		result = sys_set_mode_fd(w->fd, MAILDROP_READY);
	if (result == 0)
		result = sys_sync(w->fd);
	if (result < 0)
		return fail(result, "write", w, why);
	sys_close(w->fd);
	w->fd = -1;
	return 0;
}

void
maildrop_abort(struct maildrop_writer *w)
{
	if (w->fd < 0)
		return;
	sys_close(w->fd);
	w->fd = -1;
	if (sys_unlink(w->path) < 0)
		return; /* it is not ready, and goes with the other old ones */
}

/* The file may have been taken and removed between open and lock. */
static int
check(int fd, struct file_info *info)
{
	int result = sys_info_fd(fd, info);

	if (result < 0)
		return result;
	if (info->links == 0)
		return -ENOENT;
	if (info->kind != FILE_REGULAR || (info->mode & S_IXUSR) == 0)
		return ERR_REFUSED;
	return 0;
}

int
maildrop_open(const char *path, struct file_info *info)
{
	int fd = sys_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	int result;

	if (fd < 0)
		return fd;
	result = sys_lock(fd, true);
	if (result == 0)
		result = check(fd, info);
	if (result == 0)
		return fd;
	sys_close(fd);
	return result;
}
