/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host has few accounts that get much mail: each look-up costs more system calls than the delivery
 * itself, so answers are kept, but never longer than a person who changes one would wait. That there
 * is no such account is always asked anew.
 */
#include "local/account.h"

#include "lib/base/err.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/sys/path.h"

#define NAME_LONGEST 256
#define KEPT_MAX     64u
#define KEPT_FOR     (5 * TICKS_SECOND)
#define ENTRY_MAX    ((size_t)8192)

struct kept {
	struct arena arena;
	struct user_entry user;
	int64_t until;
};

static struct kept kept[KEPT_MAX];

struct job {
	struct arena *arena;
	const char *name;
	struct user_entry *out;
};

static int
look_up(void *arg)
{
	struct job *job = arg;

	return user_by_name(job->arena, job->name, job->out);
}

static void
copy_entry(struct arena *a, const struct user_entry *from, struct user_entry *to)
{
	*to = *from;
	to->name = arena_text(a, str_of(from->name));
	to->full_name = arena_text(a, str_of(from->full_name));
	to->home = arena_text(a, str_of(from->home));
	to->shell = arena_text(a, str_of(from->shell));
}

static struct kept *
find_kept(struct str name)
{
	for (size_t i = 0; i < KEPT_MAX; i++) {
		if (kept[i].until > run_now() && str_equal(str_of(kept[i].user.name), name))
			return &kept[i];
	}
	return NULL;
}

/* In the place of the oldest. */
static void
keep(const struct user_entry *user)
{
	struct kept *oldest = &kept[0];

	if (strlen(user->full_name) + strlen(user->home) + strlen(user->shell) > ENTRY_MAX)
		return;
	for (size_t i = 1; i < KEPT_MAX; i++) {
		if (kept[i].until < oldest->until)
			oldest = &kept[i];
	}
	arena_drop(&oldest->arena);
	arena_init(&oldest->arena, 4 * ENTRY_MAX);
	copy_entry(&oldest->arena, user, &oldest->user);
	oldest->until = run_deadline(KEPT_FOR);
}

int
account_find(struct arena *a, struct str name, struct account *out, struct why *why)
{
	struct job job = { .arena = a, .out = &out->user };
	struct kept *known = find_kept(name);
	int found;

	if (known != NULL) {
		copy_entry(a, &known->user, &out->user);
		return 1;
	}
	if (name.n == 0 || name.n > NAME_LONGEST || str_has_control(name) ||
	    str_index(name, '/') < name.n || str_index(name, ':') < name.n)
		return 0;
	job.name = arena_text(a, name);
	found = offload(look_up, &job);
	if (found < 0)
		why_set(why, "cannot look up user \"%s\": %s", job.name, err_text(found));
	if (found > 0)
		keep(&out->user);
	return found;
}

static int
look_at_home(void *arg)
{
	const struct account *account = arg;
	struct file_info info;

	return sys_info(account->user.home, &info) == 0 && info.kind == FILE_FOLDER;
}

bool
account_has_home(const struct account *account)
{
	struct account copy = *account;

	return offload(look_at_home, &copy) > 0;
}
