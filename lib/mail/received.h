/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_RECEIVED_H
#define LIB_MAIL_RECEIVED_H

#include "lib/mail/address.h"
#include "lib/mail/queue_id.h"

/*
 * What a Received line says. A message from a client of the network has a client_address; one from
 * a local user has none, and says the user id.
 */
struct received {
	struct str helo;           /* as the client said it; empty: it did not */
	struct str client_name;    /* "unknown" where not known */
	struct str client_address; /* without brackets; empty: local submission */
	bool hides_client;         /* it came by the network; nothing is said of how */
	uint64_t uid;              /* of a local submitter */
	struct str host;           /* by whom: ours */
	struct str software;       /* "Postroad"; empty: not told */
	struct str protocol;       /* "ESMTP": RFC 3848, RFC 6531 4.3 */
	const struct queue_id *id;
	const struct address *recipient; /* only where there is just one (blind copies); or NULL */
	int64_t wall;
	int64_t zone;
};

/* The field with its CRLF, folded. RFC 5321, section 4.4. Error: ERR_TOO_LONG, nothing is added. */
MUST_USE int received_add(const struct received *r, struct buf *out);

#endif
