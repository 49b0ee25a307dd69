/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_FILE_H
#define LIB_SYS_FILE_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/str.h"

/*
 * Files and folders. Each call answers 0, a count or a descriptor, or -errno; interrupted calls are
 * repeated. Descriptors are born close-on-exec. `at` is the descriptor of a folder that a relative
 * path starts from, or AT_FDCWD. Counts are int: a size is cut to 1 GiB a call.
 */

MUST_USE int sys_open(const char *path, int flags, mode_t mode);
MUST_USE int sys_open_at(int at, const char *path, int flags, mode_t mode);
void sys_close(int fd); /* -1 is fine; what must be durable was synced before */
MUST_USE int sys_dup(int fd);
MUST_USE int sys_set_nonblocking(int fd, bool on);

/* May do less than asked for; read answers 0 at the end. -EAGAIN on a non-blocking descriptor. */
MUST_USE int sys_read(int fd, void *p, size_t size);
MUST_USE int sys_write(int fd, struct str bytes);
MUST_USE int sys_write_pieces(int fd, const struct str *pieces, size_t count); /* writev */
MUST_USE int sys_pread(int fd, void *p, size_t size, uint64_t offset);
MUST_USE int sys_pwrite(int fd, struct str bytes, uint64_t offset);

/* Whole or failed, for regular files: after a failure some bytes may have been written. */
MUST_USE int sys_write_all(int fd, struct str bytes);
MUST_USE int sys_write_pieces_all(int fd, const struct str *pieces, size_t count);
MUST_USE int sys_pwrite_all(int fd, struct str bytes, uint64_t offset);
/* Exactly `size` bytes. Error: ERR_EOF when the file ends before. */
MUST_USE int sys_pread_all(int fd, void *p, size_t size, uint64_t offset);

/* Copies inside the kernel, file to file, from `offset` of `in`; may do less; 0: `in` has ended. */
MUST_USE int sys_copy_range(int out, int in, uint64_t offset, size_t size);
/* The same to any descriptor (sendfile). */
MUST_USE int sys_send_file(int out, int in, uint64_t offset, size_t size);

/* The whole file, added to *out. Error: ERR_TOO_LONG beyond its bound (nothing was added). */
MUST_USE int sys_read_file(const char *path, struct buf *out);

/* Durability. A new name is durable when its folder is synced too. */
MUST_USE int sys_sync(int fd);      /* fsync */
MUST_USE int sys_sync_data(int fd); /* fdatasync */
MUST_USE int sys_sync_folder(int at, const char *path);

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
MUST_USE int sys_remove_folder(const char *path);
MUST_USE int sys_truncate(int fd, uint64_t size);
/* Reserves blocks, so that writes there find room; the file grows as far. */
MUST_USE int sys_allocate(int fd, uint64_t offset, uint64_t size);
MUST_USE int sys_seek(int fd, uint64_t offset);

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

/* Neither waits: -EAGAIN when another holds it. flock() goes with the open file, fcntl() with us. */
MUST_USE int sys_lock(int fd, bool exclusive); /* flock */
MUST_USE int sys_unlock(int fd);
MUST_USE int sys_lock_record(int fd, bool exclusive); /* fcntl, the whole file */

/*
 * The names in a folder, without "." and "..", in no order. What is added or removed meanwhile may
 * or may not be seen.
 *
 *	while ((n = folder_next(&f, &entry)) > 0) ...
 */
struct folder {
	void *handle; /* NULL: not open */
};

struct folder_entry {
	const char *name;    /* borrowed until the next call */
	enum file_kind kind; /* FILE_UNKNOWN where the file system does not say */
};

MUST_USE int folder_open(struct folder *f, int at, const char *path);
MUST_USE int folder_next(struct folder *f, struct folder_entry *out); /* 1, 0: no more, -errno */
int folder_fd(const struct folder *f); /* for the _at calls; borrowed */
void folder_close(struct folder *f);   /* safe to call twice */

struct disk_space {
	uint64_t free; /* bytes that an ordinary user may still write */
	uint64_t total;
	uint64_t files; /* inodes left; UINT64_MAX where the file system has no limit */
};

MUST_USE int sys_disk_space(const char *path, struct disk_space *out);

#endif
