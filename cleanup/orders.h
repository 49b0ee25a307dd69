/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_ORDERS_H
#define CLEANUP_ORDERS_H

#include "lib/base/arena.h"
#include "lib/ipc/message.h"

/* What access rules and checks want to become of a message, gathered until its end. Of several
 * destinations the last one counts. */
struct orders {
	bool hold;
	bool discard;
	struct str filter;   /* transport:nexthop */
	struct str redirect; /* an address */
	struct str *bcc;     /* addresses */
	size_t bcc_count;
	struct str *prepend; /* header fields */
	size_t prepend_count;
};

#define ORDERS_LIST_MAX 100 /* more addresses or fields are passed over */

/* The text is copied. An order of an unknown kind changes nothing. */
void orders_take(struct orders *o, struct arena *arena, uint32_t kind, struct str text);

#endif
