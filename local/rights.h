/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_RIGHTS_H
#define LOCAL_RIGHTS_H

#include "lib/table/table.h"
#include "local/account.h"

/* On whose behalf a file is read or written, or a command is run. */
struct rights {
	struct account account; /* without a name: nobody's but the ids */
	bool is_set;
};

/* default_privs, for what root asks for. Before rights are dropped. Error: with words. */
MUST_USE int rights_open(const char *name, struct arena *a, struct rights *out, struct why *why);

/*
 * Who owns a file of aliases or a list: that account, or, where it is root, default_privs. 0, or
 * could not find out, with words.
 */
PARKS MUST_USE int rights_of_owner(
    struct arena *a, uid_t owner, const struct rights *privs, struct rights *out, struct why *why);

/* The owner of what stands behind a table: its index or source; root for one that is in main.cf. */
MUST_USE int rights_table_owner(const struct table *t, uid_t *owner, struct why *why);

#endif
