/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_USER_H
#define LIB_SYS_USER_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/base/arena.h"

/*
 * Accounts, as the name service knows them. Entries are whole copies in the arena given. Each
 * look-up answers 1 (found), 0 (there is no such entry), or a failure: *could not find out*, which
 * is never to be taken for "no". A look-up may block for long: tasks call it through offload().
 */
struct user_entry {
	const char *name;
	uid_t uid;
	gid_t gid;
	const char *full_name; /* the first field of gecos, '&' as it stands; may be empty */
	const char *home;
	const char *shell;
};

struct group_entry {
	const char *name;
	gid_t gid;
};

MUST_USE int user_by_name(struct arena *a, const char *name, struct user_entry *out);
MUST_USE int user_by_uid(struct arena *a, uid_t uid, struct user_entry *out);
MUST_USE int group_by_name(struct arena *a, const char *name, struct group_entry *out);
MUST_USE int group_by_gid(struct arena *a, gid_t gid, struct group_entry *out);

/* The supplementary groups of a user, with the primary one. Answers how many, or a failure. */
MUST_USE int user_groups(struct arena *a, const char *name, gid_t primary, gid_t **out);

/* This machine's name (gethostname), added to the arena. Error: -errno. */
MUST_USE int sys_host_name(struct arena *a, const char **out);

#endif
