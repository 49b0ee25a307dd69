/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_MAILBOX_H
#define LIB_MAIL_MAILBOX_H

#include "lib/mail/address.h"

/* What stands in From, To, Cc: "Jo Doe <jo@example.com>". RFC 5322, section 3.4. */
struct mailbox {
	struct str name; /* display name without quoting; empty: none */
	struct address address;
};

#define MAILBOX_NAME_MAX 1000 /* longer display names are cut */

/*
 * Goes through the mailboxes of an address-list: groups opened, comments skipped, obsolete routes
 * dropped, empty elements passed over. A mailbox may lack a domain ("root"), which the caller
 * completes, or be "<>", the null address.
 *
 *	mailbox_iter_init(&it, field.value, &arena);
 *	while ((result = mailbox_next(&it, &box)) != 0)
 *		...
 */
struct mailbox_iter {
	struct str rest;
	struct str
	    written; /* the address found last, as it stands in the value, a route included */
	struct arena *arena; /* holds the texts of the mailboxes */
	bool in_group;
};

void mailbox_iter_init(struct mailbox_iter *it, struct str value, struct arena *arena);

/*
 * 1: a mailbox. 0: no more. ERR_SYNTAX, ERR_TOO_LONG: this element is no mailbox or beyond the
 * bounds; the next call goes on behind it.
 */
MUST_USE int mailbox_next(struct mailbox_iter *it, struct mailbox *out);

/*
 * Writes a mailbox for a header: the name as atoms, quoted, or, beyond ASCII, as encoded-words of
 * RFC 2047 (UTF-8); bytes that no header may hold become '?'. Error: ERR_TOO_LONG.
 */
MUST_USE int mailbox_add(const struct mailbox *m, struct buf *out);

#endif
