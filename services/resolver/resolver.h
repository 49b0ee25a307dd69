/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVICES_RESOLVER_RESOLVER_H
#define SERVICES_RESOLVER_RESOLVER_H

#include "lib/config/config.h"
#include "lib/ipc/channel.h"
#include "lib/sys/path.h"
#include "services/resolver/upstream.h"

/* How a file looked last, to see that it has changed. */
struct stamp {
	bool is_there;
	uint64_t inode;
	uint64_t size;
	int64_t changed;
};

/*
 * What all questions share: the settings, and the upstream of now. An upstream is replaced when the
 * files that it was made from have changed; the old one goes with its last question.
 */
struct resolver {
	struct upstream_options options;
	struct config_list servers;
	bool needs_validation; /* resolver_dnssec = yes: what cannot be validated is no answer */
	bool may_validate;     /* … = no: nothing is */
	int64_t timeout;       /* ticks: of a question */
	struct upstream *current;
	struct stamp resolv_conf, hosts, anchor;
	int64_t next_look; /* at those */
	bool is_making;    /* one task makes an upstream, the others wait */
	struct cond made;
};

#define RESOLVER_QUESTIONS_MAX 2000u /* of one client at once */

/* Borrows from c. Error, with words. */
MUST_USE int resolver_init(struct resolver *r, const struct config *c, struct why *why);
PARKS MUST_USE int resolver_open(struct resolver *r, struct why *why);
PARKS void resolver_close(struct resolver *r); /* nobody asks any more */

/* Asks: as upstream_ask(). */
PARKS MUST_USE int resolver_ask(struct resolver *r, const char *name, unsigned type,
    struct ub_result **result, struct why *why);

/* session.c: the questions of a client, until it goes. Error: why it ended. */
PARKS int session_serve(struct resolver *r, struct channel *c);

#endif
