/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_PATH_H
#define LIB_SYS_PATH_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"

/*
 * Names of files, and what the system knows of the file behind a name. Each call answers 0 or
 * -errno. `at` is the descriptor of a folder that a relative path starts from, or AT_FDCWD.
 */

MUST_USE int sys_rename(const char *from, const char *to);
MUST_USE int sys_rename_at(int from_at, const char *from, int to_at, const char *to);
MUST_USE int sys_rename_new(int from_at, const char *from, int to_at, const char *to); /* -EEXIST */
MUST_USE int sys_link(const char *from, const char *to);
MUST_USE int sys_link_at(int from_at, const char *from, int to_at, const char *to);
MUST_USE int sys_unlink(const char *path);
MUST_USE int sys_unlink_at(int at, const char *path);
MUST_USE int sys_symlink(const char *text, const char *path);
MUST_USE int sys_read_link(const char *path, struct buf *out); /* the text is added to *out */
MUST_USE int sys_make_folder(const char *path, mode_t mode);
MUST_USE int sys_make_folder_at(int at, const char *path, mode_t mode);
/* The folders above `path` that are missing, mode 0755. Error: ERR_TOO_LONG, -errno. */
MUST_USE int sys_make_parents(const char *path);
MUST_USE int sys_remove_folder(const char *path);
MUST_USE int sys_current_folder(struct buf *out); /* its path, added to *out */

enum file_kind {
	FILE_UNKNOWN, /* only in a folder_entry: ask sys_info_at() */
	FILE_REGULAR,
	FILE_FOLDER,
	FILE_LINK,
	FILE_SOCKET,
	FILE_FIFO,
	FILE_DEVICE,
};

struct file_info {
	enum file_kind kind;
	mode_t mode; /* permission bits only */
	uid_t uid;
	gid_t gid;
	uint64_t size;
	uint64_t links;
	uint64_t device;
	uint64_t inode;
	int64_t modified; /* wall ticks */
	int64_t changed;
	int64_t accessed;
};

MUST_USE int sys_info(const char *path, struct file_info *out);            /* follows links */
MUST_USE int sys_info_at(int at, const char *path, struct file_info *out); /* of a link itself */
MUST_USE int sys_info_fd(int fd, struct file_info *out);

/* Times in wall ticks. */
MUST_USE int sys_set_times(int at, const char *path, int64_t accessed, int64_t modified);
MUST_USE int sys_set_times_fd(int fd, int64_t accessed, int64_t modified);
MUST_USE int sys_set_mode(const char *path, mode_t mode);
MUST_USE int sys_set_mode_fd(int fd, mode_t mode);
MUST_USE int sys_set_owner(const char *path, uid_t uid, gid_t gid); /* of a link itself */
MUST_USE int sys_set_owner_fd(int fd, uid_t uid, gid_t gid);
MUST_USE int sys_may_access(const char *path, int mode); /* R_OK …, with the effective ids */

struct disk_space {
	uint64_t free; /* bytes that an ordinary user may still write */
	uint64_t total;
	uint64_t files; /* inodes left; UINT64_MAX where the file system has no limit */
};

MUST_USE int sys_disk_space(const char *path, struct disk_space *out);

#endif
