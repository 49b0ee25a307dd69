/* SPDX-License-Identifier: BSD-2-Clause */
/* The account's name is asked for on a thread: the name service may be far away. */
#include "lib/table/account_list.h"

#include "lib/base/err.h"
#include "lib/run/offload.h"
#include "lib/sys/user.h"

#define EVERYONE  "static:anyone"
#define ARENA_MAX ((size_t)64 * 1024)

int
account_list_open(struct account_list *l, const struct config *c, enum param_id id, struct why *why)
{
	*l = (struct account_list){ .names = NULL };
	if (strcmp(config_text(c, id), EVERYONE) == 0)
		return 0;
	l->names = match_list_open(c, id, MATCH_TEXT, why);
	return l->names != NULL ? 0 : ERR_SYNTAX;
}

void
account_list_close(struct account_list *l)
{
	match_list_close(l->names);
	l->names = NULL;
}

struct name_job {
	struct arena *arena;
	uid_t uid;
	struct user_entry user;
};

static int
find_name(void *arg)
{
	struct name_job *job = arg;

	return user_by_uid(job->arena, job->uid, &job->user);
}

int
account_list_has(const struct account_list *l, uid_t uid, int64_t deadline, struct why *why)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_MAX);
	struct name_job job = { .arena = &arena, .uid = uid };
	int found;

	if (l->names == NULL)
		return 1;
	found = offload(find_name, &job);
	if (found < 0) {
		why_set(why, "cannot look up user id %ld: %s", (long)uid, err_text(found));
		return found;
	}
	return match_list_find(
	    l->names, str_of(found > 0 ? job.user.name : "unknown"), deadline, why);
}
