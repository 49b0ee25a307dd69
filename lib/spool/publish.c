/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/spool/publish.h"

#include <errno.h>
#include <stdio.h>

#include "lib/sys/fault.h"
#include "lib/sys/file.h"

#define FILE_MODE   0600
#define FOLDER_MODE 0700

static void
temporary_path(enum spool_queue q, const struct queue_id *id, char path[SPOOL_PATH_MAX])
{
	char folder[SPOOL_PATH_MAX];

	spool_message_folder(q, id, folder);
	snprintf(path, SPOOL_PATH_MAX, "%.32s/%s.tmp", folder, id->text);
}

static int
sync_folder(enum spool_queue q, const struct queue_id *id)
{
	char folder[SPOOL_PATH_MAX];

	spool_message_folder(q, id, folder);
	return sys_sync_folder(AT_FDCWD, folder);
}

/* Only deferred/x is ours to make; the others are made by `postroad start`. */
static int
make_folder(enum spool_queue q, const struct queue_id *id)
{
	char folder[SPOOL_PATH_MAX];
	int result;

	if (q != SPOOL_DEFERRED)
		return -ENOENT;
	spool_message_folder(q, id, folder);
	result = sys_make_folder(folder, FOLDER_MODE);
	if (result < 0 && result != -EEXIST)
		return result;
	return sys_sync_folder(AT_FDCWD, spool_queue_name(q));
}

int
publish_begin(enum spool_queue q, const struct queue_id *id)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
	char path[SPOOL_PATH_MAX];
	int fd, result;

	temporary_path(q, id, path);
	fd = sys_open(path, flags, FILE_MODE);
	if (fd == -ENOENT) {
		result = make_folder(q, id);
		fd = result < 0 ? result : sys_open(path, flags, FILE_MODE);
	}
	if (fd < 0)
		return fd;
	result = sys_lock(fd, true);
	if (result < 0) {
		publish_abort(q, id);
		sys_close(fd);
		return result;
	}
	return fd;
}

int
publish_end(int fd, enum spool_queue q, const struct queue_id *id)
{
	char temporary[SPOOL_PATH_MAX], path[SPOOL_PATH_MAX];
	int result;

	temporary_path(q, id, temporary);
	spool_message_path(q, id, path);
	FAULT_POINT("spool.file_written");
	result = sys_sync(fd);
	FAULT_POINT("spool.file_synced");
	if (result == 0)
		result = sys_rename(temporary, path);
	if (result < 0) {
		publish_abort(q, id);
		return result;
	}
	FAULT_POINT("spool.file_renamed");
	return sync_folder(q, id);
}

void
publish_retract(enum spool_queue q, const struct queue_id *id)
{
	char path[SPOOL_PATH_MAX];

	spool_message_path(q, id, path);
	(void)!sys_unlink(path);
}

void
publish_abort(enum spool_queue q, const struct queue_id *id)
{
	char path[SPOOL_PATH_MAX];

	temporary_path(q, id, path);
	(void)!sys_unlink(path);
}

int
publish_move(enum spool_queue from, enum spool_queue to, const struct queue_id *id, bool durable,
    bool *moved)
{
	char old[SPOOL_PATH_MAX], new[SPOOL_PATH_MAX];
	int result;

	spool_message_path(from, id, old);
	spool_message_path(to, id, new);
	result = sys_rename(old, new);
	if (result == -ENOENT) {
		result = make_folder(to, id);
		if (result == 0)
			result = sys_rename(old, new);
	}
	*moved = result == 0;
	if (result < 0)
		return result;
	FAULT_POINT("spool.moved");
	/*
	 * The new name first, and always: journal_sync() may make the loss of the old one durable for
	 * another message's sake. Were the power lost between, both would be there, never none.
	 */
	result = sync_folder(to, id);
	if (result == 0 && durable)
		result = sync_folder(from, id);
	return result;
}
