/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_FILE_H
#define LIB_SYS_FILE_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/str.h"
#include "lib/sys/folder.h"
#include "lib/sys/path.h"

/*
 * Files: opening, bytes, durability, locks; their names are path.h's, listings folder.h's. Each call
 * answers 0, a count or a descriptor, or -errno; interrupted calls are repeated. Descriptors are born
 * close-on-exec. `at` is the descriptor of a folder that a relative path starts from, or AT_FDCWD.
 * Counts are int: a size is cut to 1 GiB a call.
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

MUST_USE int sys_truncate(int fd, uint64_t size);
/* Reserves blocks, so that writes there find room; the file grows as far. */
MUST_USE int sys_allocate(int fd, uint64_t offset, uint64_t size);
MUST_USE int sys_seek(int fd, uint64_t offset);

/* Neither waits: -EAGAIN when another holds it. flock() goes with the open file, fcntl() with us. */
MUST_USE int sys_lock(int fd, bool exclusive); /* flock */
MUST_USE int sys_unlock(int fd);
MUST_USE int sys_lock_record(int fd, bool exclusive); /* fcntl, the whole file */

#endif
