/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_USER_RULES_H
#define LOCAL_USER_RULES_H

#include "lib/config/config.h"
#include "lib/table/table.h"
#include "local/names.h"

/* What main.cf says of the mail of accounts, and of recipients that are none. */
struct user_rules {
	struct table_list transport_maps; /* mailbox_transport_maps … */
	struct table_list command_maps;
	struct table_list fallback_maps;
	const char *transport; /* mailbox_transport … */
	const char *command;
	const char *fallback;
	const char *luser_relay;
	const char *forward_path;
	const char *forward_filter;
};

MUST_USE int user_rules_open(struct user_rules *u, const struct config *c, struct why *why);
void user_rules_close(struct user_rules *u);

/* Each adds to *out. 1: found; 0: nothing is set; negative: could not find out, with words. */

/* Where the mail of a user goes instead: "transport:nexthop". */
PARKS MUST_USE int user_rules_transport(
    struct user_rules *u, struct str user, struct buf *out, struct why *why);

/* The command that gets it; its $names are those of its environment. */
PARKS MUST_USE int user_rules_command(
    struct user_rules *u, struct str user, struct buf *out, struct why *why);

/* Where mail goes whose recipient is no user. */
PARKS MUST_USE int user_rules_fallback(
    struct user_rules *u, const struct address *a, struct buf *out, struct why *why);
MUST_USE int user_rules_luser(
    const struct user_rules *u, const struct names *n, struct buf *out, struct why *why);

/*
 * The files that may hold a user's own aliases, as texts in the arena; how many. What an extension
 * would lead out of its folder, or is no absolute path, is left out.
 */
MUST_USE int user_rules_forward_paths(const struct user_rules *u, const struct names *n,
    struct arena *a, const char **out, size_t max, struct why *why);

#endif
