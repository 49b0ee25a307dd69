/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ROUTE_REWRITE_H
#define LIB_ROUTE_REWRITE_H

#include "lib/config/config.h"
#include "lib/mail/address.h"

/*
 * Completes addresses, as Postfix's trivial-rewrite(8). Each step only where there is no domain yet,
 * but for the last:
 *
 *	site!user	user@site		swap_bangpath; the first '!'
 *	user%site	user@site		allow_percent_hack; the last '%'
 *	user		user@$myorigin		append_at_myorigin
 *	user@host	user@host.$mydomain	append_dot_mydomain
 *
 * The null address stays as it is. Source routes are dropped when an address is parsed. All
 * envelope addresses are completed so, and header addresses of mail that begins here; for the
 * headers of other clients there are rules of their own.
 */
struct rewrite_rules {
	struct str origin; /* empty: none is added */
	struct str domain; /* empty: none is added */
	bool swap_bangpath;
	bool percent_hack;
};

/* Borrow from c. */
void rewrite_rules_init(struct rewrite_rules *r, const struct config *c);
/* For headers from elsewhere. False: they are not to be rewritten. */
bool rewrite_rules_init_remote(struct rewrite_rules *r, const struct config *c);

/*
 * True: *out is the address completed, in the arena or borrowed from *a and *r. False: *a is complete,
 * and *out a copy of it.
 */
bool rewrite_address(const struct rewrite_rules *r, const struct address *a, struct arena *arena,
    struct address *out);

#endif
