/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_HASH_BUILD_H
#define LIB_TABLE_HASH_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/why.h"

/*
 * A new index for hash:/path, at first beside /path.db, under a name of its own; it takes that name
 * only when it is whole and on disk. Whoever reads sees the old one or the new one.
 *
 *	b = hash_build_open("/etc/aliases", &options, &why);
 *	n = hash_build_put(b, key, value, false, &why);
 *	n = hash_build_commit(b, &why);
 *	hash_build_close(b);		// without a commit: nothing has changed
 */
struct hash_build;

struct hash_build_options {
	mode_t mode;    /* of the new file; at least 0600 */
	bool final_nul; /* keys and values end with a NUL; Postfix on Linux does so */
	bool give_away; /* to uid and gid: only in a folder that nobody else can change */
	uid_t uid;
	gid_t gid;
	bool from_present; /* begins with what /path.db holds, if there is one, and locks that */
};

/* NULL: why. */
MUST_USE struct hash_build *hash_build_open(
    const char *path, const struct hash_build_options *o, struct why *why);

/* 1: stored; 0: the key is there already, and only `replace` replaces it. Error: with words. */
MUST_USE int hash_build_put(
    struct hash_build *b, struct str key, struct str value, bool replace, struct why *why);

/* 1: it was there; 0: it was not. */
MUST_USE int hash_build_remove(struct hash_build *b, struct str key, struct why *why);

MUST_USE int hash_build_commit(struct hash_build *b, struct why *why);
void hash_build_close(struct hash_build *b); /* NULL is fine */

#endif
