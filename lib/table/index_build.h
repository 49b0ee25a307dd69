/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_INDEX_BUILD_H
#define LIB_TABLE_INDEX_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/why.h"
#include "lib/table/index_file.h"

/*
 * A new index for hash:/path, at first beside /path.db, under a name of its own; it takes that name
 * only when it is whole and on disk. Whoever reads sees the old one or the new one.
 *
 *	b = index_build_open("/etc/aliases", &options, &why);
 *	n = index_build_put(b, key, value, false, &why);
 *	n = index_build_commit(b, &why);
 *	index_build_close(b);		// without a commit: nothing has changed
 */
struct index_build;

struct index_build_options {
	const struct index_format *format;
	struct index_create file; /* its mode gets at least 0600 */
	bool give_away;           /* to uid and gid: only in a folder that nobody else can change */
	uid_t uid;
	gid_t gid;
	bool from_present; /* begins with what the index holds, if there is one, and locks that */
};

/* NULL: why. */
MUST_USE struct index_build *index_build_open(
    const char *path, const struct index_build_options *o, struct why *why);

/* 1: stored; 0: the key is there already, and only `replace` replaces it. Error: with words. */
MUST_USE int index_build_put(
    struct index_build *b, struct str key, struct str value, bool replace, struct why *why);

/* 1: it was there; 0: it was not. */
MUST_USE int index_build_remove(struct index_build *b, struct str key, struct why *why);

MUST_USE int index_build_commit(struct index_build *b, struct why *why);
void index_build_close(struct index_build *b); /* NULL is fine */

#endif
