/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/config/rewrite.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/config/logical.h"
#include "lib/sys/file.h"
#include "lib/sys/lock.h"
#include "lib/sys/path.h"

static int
fill_file(int fd, const struct file_info *as, struct str text)
{
	struct file_info now;
	int result = sys_write_all(fd, text);

	if (result == 0)
		result = sys_info_fd(fd, &now);
	if (result == 0 && (now.uid != as->uid || now.gid != as->gid))
		result = sys_set_owner_fd(fd, as->uid, as->gid);
	if (result == 0)
		result = sys_set_mode_fd(fd, as->mode);
	if (result == 0)
		result = sys_sync(fd);
	return result;
}

/* The folder's descriptor is the lock, and what makes the rename durable. */
static int
open_locked_folder(const char *path, struct why *why)
{
	AUTO(buf) folder = BUF_INIT(4096);
	struct str name = str_of(path);
	size_t slash = str_rindex(name, '/');
	int fd, result = 0;

	if (slash == name.n)
		result = buf_add(&folder, STR("."));
	else
		result = buf_add(&folder, str_part(name, 0, slash != 0 ? slash : 1));
	if (result < 0)
		return result;
	fd = sys_open(buf_text(&folder), O_RDONLY | O_DIRECTORY, 0);
	result = fd < 0 ? fd : sys_lock(fd, true);
	if (result == 0)
		return fd;
	if (result == -EAGAIN)
		why_set(why, "another edit in %s is under way", buf_text(&folder));
	else
		why_set(why, "cannot lock %s: %s", buf_text(&folder), err_text(result));
	sys_close(fd);
	return result;
}

static int
replace_file(const char *path, const char *temporary, const struct file_info *as, struct str text)
{
	int fd = sys_open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	int result = fd < 0 ? fd : fill_file(fd, as, text);

	sys_close(fd);
	if (result == 0)
		result = sys_rename(temporary, path);
	if (result < 0 && fd >= 0 && sys_unlink(temporary) < 0)
		return result; /* the first failure; the next edit writes over what is left */
	return result;
}

static int
write_new(const char *path, int folder, const struct file_info *info, struct str text)
{
	AUTO(buf) temporary = BUF_INIT(4096);
	int result = buf_addf(&temporary, "%s.tmp", path);

	if (result == 0)
		result = replace_file(path, buf_text(&temporary), info, text);
	return result == 0 ? sys_sync(folder) : result;
}

static int
rewrite_locked(const char *path, int folder, rewrite_make *make, void *context, struct why *why)
{
	AUTO(buf) old = BUF_INIT(LOGICAL_MAX);
	AUTO(buf) new = BUF_INIT(LOGICAL_MAX);
	struct file_info info;
	int result = sys_info(path, &info);

	if (result == 0)
		result = sys_read_file(path, &old);
	if (result < 0) {
		why_set(why, "cannot read %s: %s", path, err_text(result));
		return result;
	}
	result = make(context, buf_str(&old), &new, why);
	if (result < 0)
		return result;
	result = write_new(path, folder, &info, buf_str(&new));
	if (result < 0)
		why_set(why, "cannot write %s: %s", path, err_text(result));
	return result;
}

int
rewrite_file(const char *path, rewrite_make *make, void *context, struct why *why)
{
	int folder = open_locked_folder(path, why);
	int result;

	if (folder < 0)
		return folder;
	result = rewrite_locked(path, folder, make, context, why);
	sys_close(folder);
	return result;
}
