/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a channel breaks, the requests in flight fail, each for itself, and the next one opens a new
 * channel; so the old one counts its users, and goes with the last of them. While one task opens, the
 * others wait: the peer is not met by a crowd.
 */
#include "lib/ipc/kept_caller.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/io/connect.h"

struct kept_user {
	struct caller caller;
	unsigned count;
};

PARKS static int
open_socket(void *context, struct caller *r, int64_t deadline, struct why *why)
{
	const struct kept_caller *k = context;
	const struct channel_options options = {
		.protocol = k->protocol,
		.program = k->program,
		.capacity = 1,
	};
	int fd, result;

	result = connect_unix(k->path, &fd, deadline);
	if (result < 0) {
		why_set(why, "%s: %s", k->path, err_text(result));
		return result;
	}
	return caller_open(r, fd, &options, deadline, why);
}

void
kept_caller_init(struct kept_caller *k, const char *path, const char *protocol, const char *program)
{
	*k = (struct kept_caller){
		.open = open_socket,
		.context = k,
		.path = mem_strdup(path),
		.protocol = protocol,
		.program = program,
	};
	cond_init(&k->opened);
}

PARKS static void
user_free(struct kept_user *u)
{
	caller_close(&u->caller);
	mem_free(u);
}

void
kept_caller_drop(struct kept_caller *k)
{
	struct kept_user *u = k->current;

	k->current = NULL;
	if (u != NULL) {
		BUG_ON(u->count != 0);
		user_free(u);
	}
	mem_free(k->path);
	k->path = NULL;
}

/* Puts a new channel in the place of none, or of one that broke. */
PARKS static int
open_channel(struct kept_caller *k, int64_t deadline, struct why *why)
{
	struct kept_user *u = NEW(struct kept_user), *old = k->current;
	int result;

	k->current = NULL;
	if (old != NULL && old->count == 0)
		user_free(old);
	result = k->open(k->context, &u->caller, deadline, why);
	if (result == 0) {
		result = caller_leave_when_asked(&u->caller);
		if (result == 0) {
			k->current = u;
			return 0;
		}
		why_set(why, "%s: %s", k->path, err_text(result));
		caller_close(&u->caller);
	}
	mem_free(u);
	return result;
}

int
kept_caller_take(struct kept_caller *k, int64_t deadline, struct kept_user **user, struct why *why)
{
	int result = 0;

	while (k->is_opening && result == 0)
		result = cond_wait(&k->opened, deadline);
	if (result == 0 && (k->current == NULL || !caller_is_open(&k->current->caller))) {
		k->is_opening = true;
		result = open_channel(k, deadline, why);
		k->is_opening = false;
		cond_broadcast(&k->opened);
	} else if (result < 0) {
		why_set(why, "%s: %s", k->path, err_text(result));
	}
	if (result < 0)
		return result;
	k->current->count++;
	*user = k->current;
	return 0;
}

struct caller *
kept_user_caller(struct kept_user *user)
{
	return &user->caller;
}

void
kept_caller_release(struct kept_caller *k, struct kept_user *user)
{
	BUG_ON(user->count == 0);
	user->count--;
	if (user->count == 0 && user != k->current)
		user_free(user);
}
