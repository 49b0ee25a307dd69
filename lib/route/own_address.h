/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ROUTE_OWN_ADDRESS_H
#define LIB_ROUTE_OWN_ADDRESS_H

#include "lib/config/config.h"
#include "lib/table/network.h"

/*
 * The IP addresses that are this host's: those of its network interfaces, and of the proxies and
 * translators in front of it ($proxy_interfaces). Mail for user@[one of them] is local.
 */
struct own_addresses {
	struct network *list;
	size_t count;
};

/* As they are now. Error: with words. */
MUST_USE int own_addresses_open(struct own_addresses *o, const struct config *c, struct why *why);
void own_addresses_drop(struct own_addresses *o);

/* domain: an address literal with its brackets. */
bool own_addresses_have(const struct own_addresses *o, struct str domain);

#endif
