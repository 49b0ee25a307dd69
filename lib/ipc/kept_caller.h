/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IPC_KEPT_CALLER_H
#define LIB_IPC_KEPT_CALLER_H

#include "lib/ipc/caller.h"

/*
 * A channel to another of our processes that all tasks share: opened when it is first needed, and again
 * when the peer has gone, or asked to be left. A channel that broke lives until the last task that used it has let go.
 *
 *	kept_caller_init(&k, "public/cleanup", CHANNEL_SUBMIT, "smtpd");
 *	…
 *	n = kept_caller_take(&k, deadline, &user, &why);
 *	if (n == 0) {
 *		n = call_open(&call, kept_user_caller(user), deadline);
 *		…
 *		kept_caller_release(&k, user);
 *	}
 */
struct kept_user;

struct kept_caller {
	/* Makes a channel ready (caller_open). Error: negative, with words. */
	PARKS int (*open)(void *context, struct caller *r, int64_t deadline, struct why *why);
	void *context;
	char *path;
	const char *protocol;
	const char *program;
	struct kept_user *current;
	bool is_opening; /* one task opens, the others wait */
	struct cond opened;
};

/* path: of the peer's socket, copied. protocol: CHANNEL_; program: who we are; both kept by pointer. */
void kept_caller_init(
    struct kept_caller *k, const char *path, const char *protocol, const char *program);

/* Only once every user has let go. */
PARKS void kept_caller_drop(struct kept_caller *k);

/* A channel that works, as far as is known. Error, with words: the peer cannot be reached. */
PARKS MUST_USE int kept_caller_take(
    struct kept_caller *k, int64_t deadline, struct kept_user **user, struct why *why);

struct caller *kept_user_caller(struct kept_user *user);

PARKS void kept_caller_release(struct kept_caller *k, struct kept_user *user);

#endif
