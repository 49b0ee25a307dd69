/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_ADDRESS_FIND_H
#define LIB_TABLE_ADDRESS_FIND_H

#include "lib/mail/address.h"
#include "lib/table/table.h"

/*
 * Asks tables for an address, by one key after the other, as Postfix does:
 *
 *	user+extension@domain, user@domain,
 *	user+extension, user		with ADDRESS_KEY_LOCAL: the domain is one of ours
 *	@domain				with ADDRESS_KEY_DOMAIN
 *
 * Each key goes to every table before the next is tried; pattern tables get only the first, whole
 * one. A local part that needs quotes is asked for as "quoted", then as it is, unless it has an '@'.
 */
enum address_key {
	ADDRESS_KEY_FULL = 1 << 0,
	ADDRESS_KEY_LOCAL = 1 << 1,
	ADDRESS_KEY_DOMAIN = 1 << 2,
};

struct address_query {
	const struct address *address;
	const char *delimiters; /* $recipient_delimiter; "" or NULL: no extensions */
	unsigned keys;          /* ADDRESS_KEY_ bits */
};

/*
 * As table_list_find. *extension (may be NULL): what was split off to find it, borrowed from the
 * address; empty when nothing was.
 */
PARKS MUST_USE int address_find(struct table_list *l, const struct address_query *q,
    struct buf *value, struct str *extension, int64_t deadline, struct why *why);

#endif
