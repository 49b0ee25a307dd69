/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thin on purpose: one system call each, plus the loops that every caller would write otherwise. The
 * fault checks stand before the call, so that a failure injected has had no effect, as the real one
 * would have had none.
 */
#include "lib/sys/file.h"

#include <sys/file.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/sys/call.h"
#include "lib/sys/fault.h"
#include "lib/sys/pieces.h"

#define SIZE_A_CALL ((size_t)1 << 30)
#define READ_STEP   ((size_t)16 * 1024)

/* The size that one call may ask for, or the failure that a test wants. */
static int
prepare(enum fault_kind kind, size_t *size)
{
	if (*size > SIZE_A_CALL)
		*size = SIZE_A_CALL;
	return fault_call(kind, size);
}

int
sys_open(const char *path, int flags, mode_t mode)
{
	return sys_open_at(AT_FDCWD, path, flags, mode);
}

int
sys_open_at(int at, const char *path, int flags, mode_t mode)
{
	int n = fault_call(FAULT_OPEN, NULL);

	if (n < 0)
		return n;
	SYS_CALL(n, openat(at, path, flags | O_CLOEXEC, mode));
	return n;
}

void
sys_close(int fd)
{
	/* Not repeated: on Linux the descriptor is gone even when close() says EINTR. */
	if (fd >= 0)
		(void)close(fd);
}

int
sys_dup(int fd)
{
	int n;

	SYS_CALL(n, fcntl(fd, F_DUPFD_CLOEXEC, 0));
	return n;
}

int
sys_set_nonblocking(int fd, bool on)
{
	int flags, n;

	SYS_CALL(flags, fcntl(fd, F_GETFL));
	if (flags < 0)
		return flags;
	if (((flags & O_NONBLOCK) != 0) == on)
		return 0;
	SYS_CALL(n, fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
	return n;
}

int
sys_read(int fd, void *p, size_t size)
{
	ssize_t n = prepare(FAULT_READ, &size);

	if (n == 0)
		SYS_CALL(n, read(fd, p, size));
	return (int)n;
}

int
sys_write(int fd, struct str bytes)
{
	ssize_t n = prepare(FAULT_WRITE, &bytes.n);

	if (n == 0)
		SYS_CALL(n, write(fd, bytes.p, bytes.n));
	return (int)n;
}

int
sys_write_pieces(int fd, const struct str *pieces, size_t count)
{
	struct iovec iov[PIECES_MAX];
	size_t size = pieces_size(pieces, count);
	ssize_t n = prepare(FAULT_WRITE, &size);

	if (n == 0)
		SYS_CALL(n, writev(fd, iov, (int)pieces_gather(pieces, count, size, iov)));
	return (int)n;
}

int
sys_pread(int fd, void *p, size_t size, uint64_t offset)
{
	ssize_t n = prepare(FAULT_READ, &size);

	if (n == 0)
		SYS_CALL(n, pread(fd, p, size, (off_t)offset));
	return (int)n;
}

int
sys_pwrite(int fd, struct str bytes, uint64_t offset)
{
	ssize_t n = prepare(FAULT_WRITE, &bytes.n);

	if (n == 0)
		SYS_CALL(n, pwrite(fd, bytes.p, bytes.n, (off_t)offset));
	return (int)n;
}

int
sys_write_all(int fd, struct str bytes)
{
	while (bytes.n > 0) {
		int n = sys_write(fd, bytes);

		if (n < 0)
			return n;
		bytes = str_from(bytes, (size_t)n);
	}
	return 0;
}

int
sys_write_pieces_all(int fd, const struct str *pieces, size_t count)
{
	size_t done = 0; /* of the first piece */

	while (count > 0) {
		struct str rest[PIECES_MAX];
		size_t some = count < PIECES_MAX ? count : PIECES_MAX;
		int n;

		memcpy(rest, pieces, some * sizeof(*rest));
		rest[0] = str_from(rest[0], done);
		n = sys_write_pieces(fd, rest, some);
		if (n < 0)
			return n;
		for (done += (size_t)n; count > 0 && done >= pieces->n; count--)
			done -= pieces++->n;
	}
	return 0;
}

int
sys_pwrite_all(int fd, struct str bytes, uint64_t offset)
{
	while (bytes.n > 0) {
		int n = sys_pwrite(fd, bytes, offset);

		if (n < 0)
			return n;
		bytes = str_from(bytes, (size_t)n);
		offset += (uint64_t)n;
	}
	return 0;
}

int
sys_pread_all(int fd, void *p, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		int n = sys_pread(fd, (char *)p + done, size - done, offset + done);

		if (n < 0)
			return n;
		if (n == 0)
			return ERR_EOF;
		done += (size_t)n;
	}
	return 0;
}

int
sys_copy_range(int out, int in, uint64_t offset, size_t size)
{
	ssize_t n = prepare(FAULT_WRITE, &size);
	off_t from = (off_t)offset;

	if (n == 0)
		SYS_CALL(n, copy_file_range(in, &from, out, NULL, size, 0));
	return (int)n;
}

int
sys_send_file(int out, int in, uint64_t offset, size_t size)
{
	ssize_t n = prepare(FAULT_WRITE, &size);
	off_t from = (off_t)offset;

	if (n == 0)
		SYS_CALL(n, sendfile(out, in, &from, size));
	return (int)n;
}

static int
read_to_end(int fd, struct buf *out)
{
	size_t before = out->n;

	for (;;) {
		size_t left = out->max - out->n;
		size_t step = left < READ_STEP ? left : READ_STEP;
		char beyond, *room = step > 0 ? buf_reserve(out, step) : &beyond;
		int n = sys_read(fd, room, step > 0 ? step : 1);

		if (n > 0 && step == 0)
			n = ERR_TOO_LONG;
		if (n < 0)
			buf_cut(out, before);
		if (n <= 0)
			return n;
		buf_grow(out, (size_t)n);
	}
}

int
sys_read_file(const char *path, struct buf *out)
{
	int fd = sys_open(path, O_RDONLY | O_NOCTTY, 0), n;

	if (fd < 0)
		return fd;
	n = read_to_end(fd, out);
	sys_close(fd);
	return n;
}

int
sys_sync(int fd)
{
	int n = fault_call(FAULT_SYNC, NULL);

	if (n == 0)
		SYS_CALL(n, fsync(fd));
	if (n == 0)
		fault_synced(fd);
	return n;
}

int
sys_sync_data(int fd)
{
	int n = fault_call(FAULT_SYNC, NULL);

	if (n == 0)
		SYS_CALL(n, fdatasync(fd));
	if (n == 0)
		fault_synced(fd);
	return n;
}

int
sys_sync_folder(int at, const char *path)
{
	int fd = sys_open_at(at, path, O_RDONLY | O_DIRECTORY, 0), n;

	if (fd < 0)
		return fd;
	n = sys_sync(fd);
	sys_close(fd);
	return n;
}

int
sys_truncate(int fd, uint64_t size)
{
	int n = fault_call(FAULT_TRUNCATE, NULL);

	if (n == 0)
		SYS_CALL(n, ftruncate(fd, (off_t)size));
	return n;
}

int
sys_allocate(int fd, uint64_t offset, uint64_t size)
{
	int n = fault_call(FAULT_WRITE, NULL);

	if (n == 0)
		SYS_CALL(n, fallocate(fd, 0, (off_t)offset, (off_t)size));
	return n;
}

int
sys_seek(int fd, uint64_t offset)
{
	off_t n;

	SYS_CALL(n, lseek(fd, (off_t)offset, SEEK_SET));
	return n < 0 ? (int)n : 0;
}

int
sys_lock(int fd, bool exclusive)
{
	int n = fault_call(FAULT_LOCK, NULL);

	if (n == 0)
		SYS_CALL(n, flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB));
	return n;
}

int
sys_unlock(int fd)
{
	int n;

	SYS_CALL(n, flock(fd, LOCK_UN));
	return n;
}

int
sys_lock_record(int fd, bool exclusive)
{
	struct flock all = { .l_type = exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };
	int n = fault_call(FAULT_LOCK, NULL);

	if (n == 0)
		SYS_CALL(n, fcntl(fd, F_SETLK, &all));
	return n == -EACCES ? -EAGAIN : n;
}
