/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving up root. The order matters: without uid 0 the groups can no longer be changed. Each step is
 * verified by asking the kernel, since a call that quietly did nothing (a capability missing in a
 * container, a user namespace) would leave rights that later code believes gone.
 */
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/call.h"
#include "lib/sys/process.h"

static bool
has_ids(const struct identity *who)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
		return false;
	for (int i = 0; i < 3; i++) {
		if (uid[i] != who->uid || gid[i] != who->gid)
			return false;
	}
	return true;
}

static bool
is_wanted(const struct identity *who, gid_t gid)
{
	for (size_t i = 0; i < who->group_count; i++) {
		if (who->groups[i] == gid)
			return true;
	}
	return gid == who->gid;
}

/* True when we are in no group that was not asked for. */
static bool
has_no_other_groups(const struct identity *who)
{
	int count = getgroups(0, NULL);
	bool sound = count >= 0;
	gid_t *groups;

	if (count <= 0)
		return sound;
	groups = mem_array((size_t)count, sizeof(*groups));
	sound = getgroups(count, groups) == count;
	for (int i = 0; i < count && sound; i++)
		sound = is_wanted(who, groups[i]);
	mem_free(groups);
	return sound;
}

static bool
can_go_back(const struct identity *who)
{
	if (who->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return true;
	return who->uid != 0 && who->gid != 0 && (setgid(0) == 0 || setegid(0) == 0);
}

static int
become(const struct identity *who, struct why *why)
{
	if (setgroups(who->group_count, who->groups) < 0) {
		int n = -errno;

		why_set(
		    why, "cannot set %zu supplementary groups: %s", who->group_count, err_text(n));
		return n;
	}
	if (setresgid(who->gid, who->gid, who->gid) < 0) {
		int n = -errno;

		why_set(why, "cannot become group %u: %s", (unsigned)who->gid, err_text(n));
		return n;
	}
	if (setresuid(who->uid, who->uid, who->uid) < 0) {
		int n = -errno;

		why_set(why, "cannot become user %u: %s", (unsigned)who->uid, err_text(n));
		return n;
	}
	return 0;
}

int
sys_become(const struct identity *who, struct why *why)
{
	int n;

	if (geteuid() != 0) {
		if (has_ids(who))
			return 0;
		why_set(why, "cannot become user %u, group %u: not started as root",
		    (unsigned)who->uid, (unsigned)who->gid);
		return -EPERM;
	}
	n = become(who, why);
	if (n < 0)
		return n;
	if (!has_ids(who) || !has_no_other_groups(who) || can_go_back(who)) {
		why_set(why,
		    "the system did not let go of all rights of root for user %u, group %u",
		    (unsigned)who->uid, (unsigned)who->gid);
		return -EPERM;
	}
	return 0;
}
