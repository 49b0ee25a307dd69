/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_DNS_PEER_NAME_H
#define LIB_DNS_PEER_NAME_H

#include "lib/dns/dns.h"
#include "lib/sys/socket.h"

/*
 * The host name of a peer. Whoever runs an address block can give its addresses any name, so a name
 * counts only where it has the address in turn (RFC 8601, section 2.7.3: "iprev").
 */
enum peer_name_state {
	PEER_NAME_TRUE,
	PEER_NAME_NONE,      /* the address has no name, or the name does not exist */
	PEER_NAME_FORGED,    /* the name exists, and does not have the address */
	PEER_NAME_TEMPORARY, /* could not find out */
};

struct peer_name {
	enum peer_name_state state;         /* of name */
	enum peer_name_state reverse_state; /* of reverse: TRUE, NONE or TEMPORARY */
	struct str name;                    /* in the arena; empty unless TRUE */
	struct str reverse;                 /* what the address says it is called; empty: nothing */
};

PARKS void peer_name_find(struct dns *d, const struct endpoint *peer, struct arena *arena,
    struct peer_name *out, int64_t deadline);

#endif
