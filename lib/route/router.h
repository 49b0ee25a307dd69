/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ROUTE_ROUTER_H
#define LIB_ROUTE_ROUTER_H

#include "lib/route/own_address.h"
#include "lib/route/route.h"
#include "lib/table/match_list.h"

/*
 * The inside of a router, for the files of this folder. What the classes differ in. The order is
 * that of the question: a domain is in the first class whose list has it.
 */
#define ROUTE_CLASSES ((size_t)4) /* that have a list */

struct class_row {
	enum route_class class_;
	enum param_id domains;
	enum param_id recipients;
	enum param_id transport; /* PARAM_COUNT: none, addresses of this class are only rewritten */
	unsigned keys;           /* ADDRESS_KEY_ bits: by which recipients are looked up */
};

struct class_state {
	struct match_list *domains;
	struct table_list recipients;
};

/* The tables by which an address can become another one. */
enum rewrite {
	REWRITE_RECIPIENT, /* recipient_canonical_maps */
	REWRITE_SENDER,    /* sender_canonical_maps */
	REWRITE_ANY,       /* canonical_maps */
	REWRITE_ALIAS,     /* virtual_alias_maps */
	ROUTE_REWRITES,
};

struct router {
	const struct config *config;
	struct class_state classes[ROUTE_CLASSES]; /* as the rows */
	struct table_list rewrites[ROUTE_REWRITES];
	struct own_addresses own;
};

const struct class_row *router_row(size_t row);

/* The row of a domain; ROUTE_CLASSES: of none (ROUTE_DEFAULT). 0, or negative. */
PARKS MUST_USE int router_find_row(
    struct router *r, struct str domain, size_t *row, int64_t deadline, struct why *why);

#endif
