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

/* 1, 0: there is no such account; or negative, with words. */
PARKS static int
look_up(uid_t uid, struct arena *arena, struct str *name, struct why *why)
{
	struct name_job job = { .arena = arena, .uid = uid };
	int found = offload(find_name, &job);

	if (found < 0)
		why_set(why, "cannot look up user id %ld: %s", (long)uid, err_text(found));
	if (found > 0)
		*name = str_of(job.user.name);
	return found;
}

int
account_list_has(const struct account_list *l, uid_t uid, int64_t deadline, struct why *why)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_MAX);
	struct str name = STR("unknown");
	int found;

	if (l->names == NULL)
		return 1;
	found = look_up(uid, &arena, &name, why);
	if (found < 0)
		return found;
	return match_list_find(l->names, name, deadline, why);
}

int
account_find_name(uid_t uid, struct arena *arena, struct str *name, struct why *why)
{
	int found = look_up(uid, arena, name, why);

	if (found == 0)
		*name = str_of(arena_printf(arena, "uid:%ld", (long)uid));
	return found < 0 ? found : 0;
}
