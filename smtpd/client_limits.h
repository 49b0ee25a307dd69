/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_CLIENT_LIMITS_H
#define SMTPD_CLIENT_LIMITS_H

#include "lib/esmtp/reply.h"
#include "lib/table/match_list.h"
#include "smtpd/client_ledger.h"

struct session;

/* How much one client may do: smtpd_client_*_limit. A limit of 0 is none. */
struct client_limits {
	int64_t open;
	int64_t rates[CLIENT_EVENTS];
	unsigned v4_bits, v6_bits;     /* of an address that make a client */
	struct match_list *exceptions; /* NULL: they are those of mynetworks */
	struct client_ledger ledger;
};

/* Error: negative, with words. */
MUST_USE int client_limits_init(struct client_limits *l, const struct config *c, struct why *why);
PARKS void client_limits_drop(struct client_limits *l);

/*
 * The session begins. False: its client has too many, or began too many; *r says so, and the log.
 * s->client is NULL where the client is not limited.
 */
PARKS bool client_limits_enter(struct session *s, struct reply *r);
void client_limits_leave(struct session *s);

/* One event more: a message, a recipient. False: too many; *r says so, and the log. */
PARKS bool client_limits_allow(struct session *s, enum client_event e, struct reply *r);

#endif
