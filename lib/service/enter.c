/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the rights that master has to those that the program needs, in an order that matters: who we
 * will be is looked up while the whole file system is in sight; then root goes, with chroot() on
 * the way; then nothing that is executed can gain rights; then the paths; last the system calls,
 * which would refuse some of the above.
 *
 * A kernel without Landlock or seccomp is no fault: ids, modes and chroot() hold without them. Any
 * other failure to build a wall ends the process.
 */
#include "lib/service/worker.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/service/accounts.h"
#include "lib/service/walls.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "lib/sys/user.h"
#include "lib/table/settings.h"

static bool
keeps_root(const struct worker *w)
{
	return w->service->user == SERVICE_USER_ROOT && w->options.keep_root;
}

static int
enter_root_directory(struct worker *w, struct why *why)
{
	const char *path = config_text(w->config, PARAM_queue_directory);
	int result;

	if (!w->options.chroot)
		return 0;
	result = sys_chroot(path);
	if (result < 0)
		why_set(why, "cannot chroot to %s: %s", path, err_text(result));
	return result;
}

static int
become(struct worker *w, const struct user_entry *user, struct why *why)
{
	struct identity who = { .uid = user->uid, .gid = user->gid };
	gid_t *groups = NULL;
	int count = user_groups(&w->arena, user->name, user->gid, &groups);
	int result;

	if (count < 0) {
		why_set(
		    why, "cannot look up the groups of user %s: %s", user->name, err_text(count));
		return count;
	}
	who.groups = groups;
	who.group_count = (size_t)count;
	result = enter_root_directory(w, why);
	return result < 0 ? result : sys_become(&who, why);
}

static int
give_up_root(struct worker *w, struct why *why)
{
	struct accounts accounts;
	int result = accounts_find(w->config, &w->arena, &accounts, why);

	if (result < 0)
		return result;
	if (w->service->user == SERVICE_USER_NETWORK)
		return become(w, &accounts.network, why);
	return become(w, &accounts.mail, why);
}

int
enter_walls(struct worker *w, struct why *why)
{
	unsigned walls = w->service->walls | (table_needs_network() ? WALL_NET : 0);
	int result = 0;

	if (sys_is_root() && !keeps_root(w))
		result = give_up_root(w, why);
	if (result < 0)
		return result;
	result = sys_no_new_privileges();
	if (result < 0) {
		why_set(why, "cannot give up new rights: %s", err_text(result));
		return result;
	}
	return walls_build(w->config, w->service->user, walls,
	    w->options.chroot && !keeps_root(w), why);
}
