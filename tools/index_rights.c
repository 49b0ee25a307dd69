/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs postmap as root may do so in a folder that somebody else owns, and who owns the folder
 * may swap files under it at any time. So nothing is read or written there with root's rights: a
 * child becomes the owner of the folder (of the source, where anyone may write to the folder) and
 * does the work. In a folder that only root can change, root works, and gives the new index to the
 * owner of the source.
 */
#include <sys/stat.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/service/command.h"
#include "lib/sys/process.h"
#include "tools/index.h"

#define PATH_ROOM ((size_t)8192)

static int
look_at_folder(const char *path, struct file_info *folder)
{
	AUTO(buf) name = BUF_INIT(PATH_ROOM);
	size_t slash = str_rindex(str_of(path), '/');
	int result;

	if (slash == strlen(path))
		return sys_info(".", folder);
	result = buf_add(&name, str_part(str_of(path), 0, slash + 1));
	return result == 0 ? sys_info(buf_text(&name), folder) : result;
}

static bool
act_as(uid_t uid, gid_t gid, bool (*act)(void *arg, bool by_root), void *arg)
{
	struct identity who = { .uid = uid, .gid = gid };
	struct process_end end;
	struct why why = WHY_INIT;
	int pid = sys_fork();
	int result;

	if (pid == 0) {
		if (sys_become(&who, &why) < 0)
			command_fail(EX_NOPERM, "%s", why.text);
		sys_exit_now(act(arg, false) ? 0 : 1);
	}
	result = pid > 0 ? sys_wait(pid, &end) : pid;
	if (result < 0)
		command_error("cannot start a child: %s", err_text(result));
	return result == 0 && end.signal == 0 && end.status == 0;
}

bool
index_with_rights(const char *path, const struct file_info *source,
    bool (*act)(void *arg, bool by_root), void *arg)
{
	struct file_info folder;
	int result;

	if (!sys_is_root())
		return act(arg, false);
	result = look_at_folder(path, &folder);
	if (result < 0) {
		command_error("%s: %s", path, err_text(result));
		return false;
	}
	if (folder.uid != 0)
		return act_as(folder.uid, folder.gid, act, arg);
	if ((folder.mode & (S_IWGRP | S_IWOTH)) != 0 && source != NULL && source->uid != 0)
		return act_as(source->uid, source->gid, act, arg);
	return act(arg, true);
}
