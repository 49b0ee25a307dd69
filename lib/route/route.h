/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ROUTE_ROUTE_H
#define LIB_ROUTE_ROUTE_H

#include "lib/base/buf.h"
#include "lib/config/config.h"
#include "lib/mail/address.h"
#include "lib/table/table.h"

/*
 * Where an address belongs, and by which transport mail for it goes. The classes are Postfix's
 * (ADDRESS_CLASS_README); a domain is in the first that names it.
 */
enum route_class {
	ROUTE_LOCAL,           /* mydestination, our own address literals */
	ROUTE_VIRTUAL_ALIAS,   /* virtual_alias_domains */
	ROUTE_VIRTUAL_MAILBOX, /* virtual_mailbox_domains */
	ROUTE_RELAY,           /* relay_domains */
	ROUTE_DEFAULT,         /* everything else */
};

struct router; /* the tables and lists that routing asks */

/* Opens what it needs, before rights are dropped. NULL: why. */
MUST_USE struct router *router_new(const struct config *c, struct why *why);
void router_free(struct router *r);

/*
 * What an administrator should know: an index that is stale, a file that is missing, so that its
 * recipients must wait; a domain in two classes. For whoever asks route_recipient_exists().
 */
void router_notices(const struct router *r, void (*see)(const char *table, const char *words));

/* 0 and *class, or negative: could not find out. */
PARKS MUST_USE int route_classify(struct router *r, struct str domain, enum route_class *class_,
    int64_t deadline, struct why *why);

/*
 * Is there such a recipient? 1: yes, or it is rewritten, or this class keeps no list; 0: no;
 * negative: could not find out. *class_ is set in the first two cases.
 */
PARKS MUST_USE int route_recipient_exists(struct router *r, const struct address *recipient,
    enum route_class *class_, int64_t deadline, struct why *why);

/* The same of a sender's address. */
PARKS MUST_USE int route_sender_exists(struct router *r, const struct address *sender,
    enum route_class *class_, int64_t deadline, struct why *why);

struct route {
	enum route_class class_;
	struct buf transport; /* "virtual", "local", "discard", "error" */
	struct buf nexthop;   /* domain, or what the transport asks for; error: the words */
};

/* 0 and *out (its bufs initialised by the caller's route_init), or negative: could not find out. */
void route_init(struct route *out);
void route_drop(struct route *out);
PARKS MUST_USE int route_resolve(struct router *r, const struct address *recipient,
    struct route *out, int64_t deadline, struct why *why);

#endif
