/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVICES_RESOLVER_HOSTS_H
#define SERVICES_RESOLVER_HOSTS_H

#include "lib/base/buf.h"
#include "lib/sys/socket.h"

/*
 * The addresses and names of a hosts file (hosts(5)), pair by pair. What is no address, and names that DNS
 * cannot have, are passed over. Pure.
 *
 *	hosts_init(&h, text);
 *	while (hosts_next(&h))
 *		… h.address, h.name, h.is_first …
 */
struct hosts {
	struct str rest;
	struct str line; /* what is left of the current one */
	struct endpoint address;
	struct str name;
	bool is_first; /* of its line: what the address is called */
};

void hosts_init(struct hosts *h, struct str text); /* borrows text */
bool hosts_next(struct hosts *h);                  /* false: no more */

/*
 * As in a zone file, into an emptied *out: "here.example. A 192.0.2.1", and "1.2.0.192.in-addr.arpa. PTR
 * here.example.". Error: ERR_TOO_LONG.
 */
#define HOSTS_RECORD_MAX ((size_t)400)
MUST_USE int hosts_forward(const struct hosts *h, struct buf *out);
MUST_USE int hosts_reverse(const struct hosts *h, struct buf *out);

#endif
