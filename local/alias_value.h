/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_ALIAS_VALUE_H
#define LOCAL_ALIAS_VALUE_H

#include "lib/mail/address.h"

/*
 * What stands behind an alias: "bob, list@example.com, :include:/file, "|command x", /var/mail/all".
 * See aliases(5).
 */
enum alias_target_kind {
	ALIAS_ADDRESS,
	ALIAS_FILE,    /* /path */
	ALIAS_COMMAND, /* |command */
	ALIAS_INCLUDE, /* :include:/path */
};

struct alias_target {
	enum alias_target_kind kind;
	struct address address;
	bool is_final;   /* "\user": the account, whatever its aliases and its .forward say */
	struct str text; /* path, command, path */
};

/*
 *	alias_iter_init(&it, value, &arena);
 *	while ((n = alias_next(&it, &target)) > 0) ...
 */
struct alias_iter {
	struct str rest;
	struct arena *arena; /* holds the texts of the targets */
	struct str item;     /* what the last call read, for words about it */
};

void alias_iter_init(struct alias_iter *it, struct str value, struct arena *arena);

/* 1; 0: no more. Error: ERR_SYNTAX, ERR_TOO_LONG: it->item is no target. */
MUST_USE int alias_next(struct alias_iter *it, struct alias_target *out);

#endif
