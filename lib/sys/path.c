/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What acts on a name. Times cross this border as ticks (microseconds): the last three digits that a
 * file system may keep are cut.
 */
#include "lib/sys/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/call.h"
#include "lib/sys/fault.h"

int
sys_rename(const char *from, const char *to)
{
	return sys_rename_at(AT_FDCWD, from, AT_FDCWD, to);
}

static int
rename_with(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
	int n = fault_call(FAULT_RENAME, NULL);

	if (n == 0)
		SYS_CALL(n, renameat2(from_at, from, to_at, to, flags));
	return n;
}

int
sys_rename_at(int from_at, const char *from, int to_at, const char *to)
{
	return rename_with(from_at, from, to_at, to, 0);
}

int
sys_rename_new(int from_at, const char *from, int to_at, const char *to)
{
	return rename_with(from_at, from, to_at, to, RENAME_NOREPLACE);
}

int
sys_link(const char *from, const char *to)
{
	return sys_link_at(AT_FDCWD, from, AT_FDCWD, to);
}

int
sys_link_at(int from_at, const char *from, int to_at, const char *to)
{
	int n = fault_call(FAULT_LINK, NULL);

	if (n == 0)
		SYS_CALL(n, linkat(from_at, from, to_at, to, 0));
	return n;
}

int
sys_unlink(const char *path)
{
	return sys_unlink_at(AT_FDCWD, path);
}

int
sys_unlink_at(int at, const char *path)
{
	int n = fault_call(FAULT_UNLINK, NULL);

	if (n == 0)
		SYS_CALL(n, unlinkat(at, path, 0));
	return n;
}

int
sys_symlink(const char *text, const char *path)
{
	int n;

	SYS_CALL(n, symlink(text, path));
	return n;
}

int
sys_read_link(const char *path, struct buf *out)
{
	char text[4096];
	ssize_t n;

	SYS_CALL(n, readlink(path, text, sizeof(text)));
	if (n < 0)
		return (int)n;
	if (n == sizeof(text))
		return ERR_TOO_LONG;
	return buf_add(out, str_make(text, (size_t)n));
}

int
sys_make_folder(const char *path, mode_t mode)
{
	return sys_make_folder_at(AT_FDCWD, path, mode);
}

int
sys_make_folder_at(int at, const char *path, mode_t mode)
{
	int n = fault_call(FAULT_MKDIR, NULL);

	if (n == 0)
		SYS_CALL(n, mkdirat(at, path, mode));
	return n;
}

int
sys_make_parents(const char *path)
{
	char part[4096];
	size_t size = strlen(path) + 1;
	int n = 0;

	if (size > sizeof(part))
		return ERR_TOO_LONG;
	memcpy(part, path, size);
	for (char *slash = strchr(part + 1, '/'); slash != NULL && n == 0;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		n = sys_make_folder(part, 0755);
		if (n == -EEXIST)
			n = 0;
		*slash = '/';
	}
	return n;
}

int
sys_remove_folder(const char *path)
{
	int n = fault_call(FAULT_UNLINK, NULL);

	if (n == 0)
		SYS_CALL(n, rmdir(path));
	return n;
}

int
sys_current_folder(struct buf *out)
{
	char path[4096];

	return getcwd(path, sizeof(path)) != NULL ? buf_add(out, str_of(path)) : -errno;
}

static enum file_kind
kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return FILE_REGULAR;
	case S_IFDIR:
		return FILE_FOLDER;
	case S_IFLNK:
		return FILE_LINK;
	case S_IFSOCK:
		return FILE_SOCKET;
	case S_IFIFO:
		return FILE_FIFO;
	default:
		return FILE_DEVICE;
	}
}

static int64_t
to_ticks(struct timespec t)
{
	return t.tv_sec * TICKS_SECOND + t.tv_nsec / 1000;
}

static struct timespec
from_ticks(int64_t wall)
{
	return (struct timespec){
		.tv_sec = wall / TICKS_SECOND,
		.tv_nsec = wall % TICKS_SECOND * 1000,
	};
}

static void
fill(const struct stat *s, struct file_info *out)
{
	*out = (struct file_info){
		.kind = kind_of(s->st_mode),
		.mode = s->st_mode & 07777,
		.uid = s->st_uid,
		.gid = s->st_gid,
		.size = (uint64_t)s->st_size,
		.links = s->st_nlink,
		.device = s->st_dev,
		.inode = s->st_ino,
		.modified = to_ticks(s->st_mtim),
		.changed = to_ticks(s->st_ctim),
		.accessed = to_ticks(s->st_atim),
	};
}

static int
info_with(int at, const char *path, int flags, struct file_info *out)
{
	struct stat s;
	int n = fault_call(FAULT_STAT, NULL);

	if (n == 0)
		SYS_CALL(n, fstatat(at, path, &s, flags));
	if (n == 0)
		fill(&s, out);
	return n;
}

int
sys_info(const char *path, struct file_info *out)
{
	return info_with(AT_FDCWD, path, 0, out);
}

int
sys_info_at(int at, const char *path, struct file_info *out)
{
	return info_with(at, path, AT_SYMLINK_NOFOLLOW, out);
}

int
sys_info_fd(int fd, struct file_info *out)
{
	return info_with(fd, "", AT_EMPTY_PATH, out);
}

int
sys_set_times(int at, const char *path, int64_t accessed, int64_t modified)
{
	const struct timespec times[2] = { from_ticks(accessed), from_ticks(modified) };
	int n;

	SYS_CALL(n, utimensat(at, path, times, AT_SYMLINK_NOFOLLOW));
	return n;
}

int
sys_set_times_fd(int fd, int64_t accessed, int64_t modified)
{
	const struct timespec times[2] = { from_ticks(accessed), from_ticks(modified) };
	int n;

	SYS_CALL(n, futimens(fd, times));
	return n;
}

int
sys_set_mode(const char *path, mode_t mode)
{
	int n;

	SYS_CALL(n, chmod(path, mode));
	return n;
}

int
sys_set_mode_fd(int fd, mode_t mode)
{
	int n;

	SYS_CALL(n, fchmod(fd, mode));
	return n;
}

int
sys_set_owner(const char *path, uid_t uid, gid_t gid)
{
	int n;

	SYS_CALL(n, lchown(path, uid, gid));
	return n;
}

int
sys_set_owner_fd(int fd, uid_t uid, gid_t gid)
{
	int n;

	SYS_CALL(n, fchown(fd, uid, gid));
	return n;
}

int
sys_may_access(const char *path, int mode)
{
	int n;

	SYS_CALL(n, faccessat(AT_FDCWD, path, mode, AT_EACCESS));
	return n;
}

int
sys_disk_space(const char *path, struct disk_space *out)
{
	struct statvfs s;
	int n = fault_call(FAULT_STAT, NULL);

	if (n == 0)
		SYS_CALL(n, statvfs(path, &s));
	if (n < 0)
		return n;
	*out = (struct disk_space){
		.free = (uint64_t)s.f_bavail * s.f_frsize,
		.total = (uint64_t)s.f_blocks * s.f_frsize,
		.files = s.f_files == 0 ? UINT64_MAX : s.f_favail,
	};
	return 0;
}
