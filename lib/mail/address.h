/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_ADDRESS_H
#define LIB_MAIL_ADDRESS_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/str.h"

/*
 * A mailbox address in internal form: the local part without its quoting, the domain in lower case
 * without a final dot, or an address literal with its brackets. The null sender and a bare
 * "postmaster" have an empty domain; the null sender also has an empty local part.
 * Bounds (RFC 5321, 4.5.3.1): local part 64 octets asked for, 256 accepted; domain 255.
 * No part holds a control character, and bytes beyond ASCII are well-formed UTF-8.
 */
struct address {
	struct str local;
	struct str domain;
	bool utf8; /* holds bytes beyond ASCII */
};

#define ADDRESS_LOCAL_MAX  256
#define ADDRESS_DOMAIN_MAX 255
#define ADDRESS_MAX        (ADDRESS_LOCAL_MAX + 1 + ADDRESS_DOMAIN_MAX)

static inline bool
address_is_null(const struct address *a)
{
	return a->local.n == 0 && a->domain.n == 0;
}

/*
 * Reads "local@domain" in external form (quoting as in RFC 5321 Mailbox), no angle brackets; the
 * null address from an empty text; a local part alone, for callers that take one or complete it.
 * Dots anywhere in an unquoted local part are taken, as senders exist that have them so.
 * The parts are new strings in the arena. Error: ERR_SYNTAX, ERR_TOO_LONG.
 */
MUST_USE int address_parse(struct str text, struct arena *arena, struct address *out);

/*
 * Makes an address of a local part without quoting and a domain as written (lowered here, checked,
 * empty for none). As address_parse otherwise. A local part may be empty only in the null address.
 */
MUST_USE int address_make(
    struct str local, struct str domain, struct arena *arena, struct address *out);

/* Internal form "local@domain" (never quoted): what tables are asked for and queues hold. */
MUST_USE int address_add_internal(const struct address *a, struct buf *out);
/* Splits an internal form at its last '@'. Borrows from text. */
struct address address_from_internal(struct str text);

/* External form, the local part quoted where it must be. RFC 5321, 4.1.2. */
MUST_USE int address_add_external(const struct address *a, struct buf *out);

/*
 * A syntactically valid domain: labels of letters, digits, '-' (not at an end) and '_' (which DNS
 * names in the wild have), or of UTF-8; 63/255 octets; no empty label, no final dot.
 */
bool domain_is_valid(struct str domain);
/* "[192.0.2.1]", "[IPv6:2001:db8::1]". RFC 5321, 4.1.3. */
bool domain_is_literal(struct str domain);

/*
 * "user+ext" with delimiters "+-": *base "user", *extension "ext"; false: no extension.
 * As Postfix: the delimiter may not be first; postmaster and MAILER-DAEMON stay whole; and, where
 * '-' is a delimiter, owner- and -request addresses do.
 */
bool address_split_extension(
    struct str local, const char *delimiters, struct str *base, struct str *extension);

#endif
