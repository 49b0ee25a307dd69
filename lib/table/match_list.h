/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_MATCH_LIST_H
#define LIB_TABLE_MATCH_LIST_H

#include <stdint.h>

#include "lib/base/str.h"
#include "lib/base/why.h"
#include "lib/config/config.h"

/*
 * A list of patterns as main.cf has them: mynetworks, mydestination, relay_domains. The first
 * pattern that matches decides; one with '!' before it decides for "not in the list".
 *
 *	example.com         this name; also what is below it, where parent_domain_matches_subdomains
 *	                    has the list's parameter
 *	.example.com        what is below it, where not
 *	192.0.2.0/24, [2001:db8::]/32, 192.0.2.1
 *	                    addresses; only in lists of clients
 *	/file/name          what is in the file, as if it stood here; lines may be comments
 *	type:name           a table that has the name or address; tables of whole names are also asked
 *	                    for "example.com" or ".example.com", as above
 *
 *	mynetworks = match_list_open(cfg, PARAM_mynetworks, MATCH_CLIENT, &why);
 */
struct match_list;

enum match_kind {
	MATCH_DOMAIN, /* domain names */
	MATCH_CLIENT, /* host names and addresses */
	MATCH_TEXT,   /* words, as they are */
};

/* Opens its tables, so before rights are dropped. NULL: why. */
MUST_USE struct match_list *match_list_open(
    const struct config *c, enum param_id id, enum match_kind kind, struct why *why);
void match_list_close(struct match_list *l); /* NULL is fine */

/*
 * Is it in the list? 1, 0, or negative: could not find out. Letters match without case. For
 * MATCH_DOMAIN and MATCH_TEXT.
 */
PARKS MUST_USE int match_list_find(
    struct match_list *l, struct str name, int64_t deadline, struct why *why);

/*
 * For MATCH_CLIENT: a client's host name (empty: it has none that is known to be true) and its
 * address, as endpoint_text() has it.
 */
PARKS MUST_USE int match_list_find_client(
    struct match_list *l, struct str name, struct str address, int64_t deadline, struct why *why);

/* The n-th pattern as it stands, without tables asked: false after the last; empty: it is no name. */
bool match_list_name(const struct match_list *l, size_t n, struct str *name);

/* Whether one of the patterns is this very name. */
bool match_list_has_name(const struct match_list *l, struct str name);

#endif
