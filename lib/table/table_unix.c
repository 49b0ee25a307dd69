/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unix:passwd.byname and unix:group.byname: the accounts of this machine, as the name service knows
 * them. The answer has the form of a line of /etc/passwd or /etc/group; that it is there is what
 * most callers want to know. The name service may ask the network: tasks ask it on a thread.
 */
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/run/task.h"
#include "lib/sys/user.h"
#include "lib/table/table_type.h"

#define NAME_LONGEST 256
#define ENTRY_MAX    ((size_t)64 * 1024)

struct unix_table {
	struct table table;
	int (*look_up)(void *job);
};

struct job {
	const char *name;
	struct buf *value;
};

static int
look_up_user(void *arg)
{
	struct job *job = arg;
	AUTO(arena) arena = ARENA_INIT(ENTRY_MAX);
	struct user_entry user;
	int found = user_by_name(&arena, job->name, &user);

	if (found <= 0)
		return found;
	found = buf_addf(job->value, "%s:x:%u:%u:%s:%s:%s", user.name, (unsigned)user.uid,
	    (unsigned)user.gid, user.full_name, user.home, user.shell);
	return found < 0 ? found : 1;
}

static int
look_up_group(void *arg)
{
	struct job *job = arg;
	AUTO(arena) arena = ARENA_INIT(ENTRY_MAX);
	struct group_entry group;
	int found = group_by_name(&arena, job->name, &group);

	if (found <= 0)
		return found;
	found = buf_addf(job->value, "%s:x:%u:", group.name, (unsigned)group.gid);
	return found < 0 ? found : 1;
}

static struct table *
open_unix(const char *rest, unsigned flags, struct why *why)
{
	struct unix_table *t;

	(void)flags;
	t = NEW(struct unix_table);
	if (str_equal(str_of(rest), STR("passwd.byname"))) {
		t->look_up = look_up_user;
	} else if (str_equal(str_of(rest), STR("group.byname"))) {
		t->look_up = look_up_group;
	} else {
		why_set(why, "unix:passwd.byname or unix:group.byname is expected");
		mem_free(t);
		return NULL;
	}
	return &t->table;
}

PARKS static int
find_unix(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct unix_table *u = CONTAINER_OF(t, struct unix_table, table);
	char name[NAME_LONGEST + 1] = "";
	struct job job = { .name = name, .value = value };
	int result;

	(void)deadline; /* a thread that asks the name service cannot be called back */
	if (key.n == 0 || key.n > NAME_LONGEST || str_has_control(key) ||
	    str_index(key, ':') < key.n)
		return 0;
	memcpy(name, key.p, key.n);
	result = task_self() != NULL ? offload(u->look_up, &job) : u->look_up(&job);
	if (result < 0)
		why_set(why, "\"%s\": %s", name, err_text(result));
	return result;
}

static void
close_unix(struct table *t)
{
	mem_free(CONTAINER_OF(t, struct unix_table, table));
}

const struct table_type table_type_unix = {
	.name = "unix",
	.open = open_unix,
	.find = find_unix,
	.close = close_unix,
};
