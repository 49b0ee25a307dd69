/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is examined is the open file, never its name: whoever owns the folder may exchange that at any
 * time. Opening does not wait, so that a FIFO cannot hold us.
 */
#include "local/address_file.h"

#include <errno.h>
#include <sys/stat.h>

#include "lib/base/err.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

static enum mailbox_text_status
judge_failure(const char *path, int code, struct why *why)
{
	struct file_info info;

	if (code == -ENOENT || code == -ENOTDIR) {
		why_set(why, "unable to lookup %s: %s", path, err_text(code));
		return MAILBOX_TEXT_NONE;
	}
	if (code == -EACCES && sys_info_at(AT_FDCWD, path, &info) == -EACCES) {
		why_set(why, "unable to lookup %s: %s", path, err_text(code));
		return MAILBOX_TEXT_NONE; /* it is in a place that this user cannot see */
	}
	why_set(why, "cannot open file %s: %s", path, err_text(code));
	/* ENXIO: a socket, or a device without its driver. */
	if (code == -EACCES || code == -EPERM || code == -ELOOP || code == -ENXIO)
		return MAILBOX_TEXT_UNSAFE;
	return MAILBOX_TEXT_FAILED;
}

static bool
is_safe(const char *path, const struct file_info *info, bool is_include, struct why *why)
{
	if (info->kind != FILE_REGULAR)
		why_set(why, "file %s is not a regular file", path);
	else if ((info->mode & S_IWOTH) != 0)
		why_set(why, "file %s is world writable", path);
	else if (!is_include && info->uid != 0 && info->uid != sys_effective_uid())
		why_set(why, "file %s has bad owner uid %ld", path, (long)info->uid);
	else if (!is_include && info->links > 1)
		why_set(why, "file %s has another name (hard link)", path);
	else
		return true;
	return false;
}

static int
read_all(int fd, struct buf *text)
{
	int n;

	do {
		char *p = buf_reserve(text, (size_t)16 * 1024);

		if (p == NULL)
			return ERR_TOO_LONG;
		n = sys_read(fd, p, (size_t)16 * 1024);
		if (n > 0)
			buf_grow(text, (size_t)n);
	} while (n > 0);
	return n;
}

static enum mailbox_text_status
read_open(const char *path, int fd, bool is_include, struct address_file *out, struct why *why)
{
	struct file_info info;
	int result = sys_info_fd(fd, &info);

	if (result == 0 && !is_safe(path, &info, is_include, why))
		return MAILBOX_TEXT_UNSAFE;
	if (result == 0)
		result = read_all(fd, out->text);
	if (result < 0) {
		why_set(why, "cannot read file %s: %s", path, err_text(result));
		return MAILBOX_TEXT_FAILED;
	}
	out->owner = info.uid;
	return MAILBOX_TEXT_FOUND;
}

enum mailbox_text_status
address_file_read(const char *path, bool is_include, struct address_file *out, struct why *why)
{
	enum mailbox_text_status status;
	int fd = sys_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0)
		return judge_failure(path, fd, why);
	status = read_open(path, fd, is_include, out, why);
	sys_close(fd);
	return status;
}
