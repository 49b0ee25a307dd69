/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_LOGIN_SENDERS_H
#define LIB_TABLE_LOGIN_SENDERS_H

#include "lib/base/str.h"
#include "lib/config/config.h"

/*
 * Which sender addresses a local account may use: local_login_sender_maps, asked by login name, has
 * patterns between commas or blanks.
 *
 *	*               any address
 *	@example.com    any address of that domain
 *	me@example.com  this address, with or without an extension
 *	<>              the null sender ($empty_address_local_login_sender_maps_lookup_key)
 *
 * An account that is in no table may use no address. Letters match without case.
 */
struct login_senders;

/* Opens its tables, so before rights are dropped. NULL: why. */
MUST_USE struct login_senders *login_senders_open(const struct config *c, struct why *why);
void login_senders_close(struct login_senders *l); /* NULL is fine */

/* Nothing is asked: everybody may use any address; so it is without a list (NULL), too. */
bool login_senders_allow_all(const struct login_senders *l);

/*
 * May the account, "name" or "uid:1000", send as `sender` (internal form; empty: the null sender)? 1, 0,
 * or negative, with words: could not find out.
 */
PARKS MUST_USE int login_senders_find(const struct login_senders *l, struct str login,
    struct str sender, int64_t deadline, struct why *why);

#endif
