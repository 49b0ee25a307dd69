/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_RECIPIENTS_H
#define LIB_MAIL_RECIPIENTS_H

#include "lib/mail/address.h"
#include "lib/mail/header.h"

/*
 * The addresses that a message names as its recipients: in To, Cc and Bcc, or, where there are any
 * of those, in Resent-To, Resent-Cc and Resent-Bcc alone (RFC 5322, 3.6.6). Each address once, in
 * the order of the header.
 *
 *	recipients_init(&r, &arena, limit);
 *	result = recipients_add_header(&r, message);
 */
struct recipients {
	struct address *items;
	size_t count, room;
	size_t max;
	struct arena *arena; /* holds the addresses */
	struct str bad;      /* ERR_SYNTAX: the field that it is in */
};

void recipients_init(struct recipients *r, struct arena *arena, size_t max);
void recipients_drop(struct recipients *r); /* the addresses stay in the arena */

/* Error: ERR_SYNTAX, ERR_TOO_LONG (an address), ERR_TOO_MANY (more than max). */
MUST_USE int recipients_add_header(struct recipients *r, struct str message);

/* An address list, as in a header. Errors as above. */
MUST_USE int recipients_add_list(struct recipients *r, struct str list);

/* Adds the message without its Bcc and Resent-Bcc fields to *out. Error: ERR_TOO_LONG. */
MUST_USE int recipients_hide(struct str message, struct buf *out);

#endif
