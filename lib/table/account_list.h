/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_ACCOUNT_LIST_H
#define LIB_TABLE_ACCOUNT_LIST_H

#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/table/match_list.h"

/*
 * Which accounts may do something: a parameter like authorized_flush_users, asked by user id. The
 * list is matched against the account's name; a user id without an account is "unknown".
 */
struct account_list {
	struct match_list *names; /* NULL: everyone, and no account is looked up */
};

/* Opens its tables, so before rights are dropped. Error, with words. */
MUST_USE int account_list_open(
    struct account_list *l, const struct config *c, enum param_id id, struct why *why);
void account_list_close(struct account_list *l);

/* 1, 0, or negative, with words: could not find out. */
PARKS MUST_USE int account_list_has(
    const struct account_list *l, uid_t uid, int64_t deadline, struct why *why);

/* The account's name; "uid:1000" where it has none. Error, with words: could not find out. */
PARKS MUST_USE int account_find_name(
    uid_t uid, struct arena *arena, struct str *name, struct why *why);

#endif
