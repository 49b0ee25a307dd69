/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/account.h"

#include "lib/base/err.h"
#include "lib/run/offload.h"
#include "lib/sys/path.h"

#define NAME_LONGEST 256

struct job {
	struct arena *arena;
	const char *name;
	struct account *out;
};

static int
look_up(void *arg)
{
	struct job *job = arg;
	struct file_info info;
	int found = user_by_name(job->arena, job->name, &job->out->user);

	if (found > 0)
		job->out->has_home =
		    sys_info(job->out->user.home, &info) == 0 && info.kind == FILE_FOLDER;
	return found;
}

int
account_find(struct arena *a, struct str name, struct account *out, struct why *why)
{
	struct job job = { .arena = a, .out = out };
	int found;

	if (name.n == 0 || name.n > NAME_LONGEST || str_has_control(name) ||
	    str_index(name, '/') < name.n || str_index(name, ':') < name.n)
		return 0;
	job.name = arena_text(a, name);
	found = offload(look_up, &job);
	if (found < 0)
		why_set(why, "cannot look up user \"%s\": %s", job.name, err_text(found));
	return found;
}
