/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_ALIAS_H
#define LOCAL_ALIAS_H

#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/config/config.h"
#include "lib/mail/address.h"
#include "lib/route/route.h"
#include "lib/table/table.h"

/*
 * What a local recipient stands for, once all aliases are followed: accounts of this host, and
 * addresses elsewhere; each once.
 */
struct alias_context {
	struct table_list *tables;
	struct router *router; /* says which domains are ours */
	const char *delimiters;
	const char *origin; /* $myorigin: the domain of names without one */
	bool reset_owner;   /* an alias without an owner has none, whatever leads to it */
};

enum alias_state { /* for whoever delivers */
	ALIAS_OPEN,
	ALIAS_DONE,
	ALIAS_DEFERRED,
};

struct alias_result {
	struct list link;
	enum alias_state state;
	bool is_local;
	bool is_alias;          /* local, and also the name of an alias: it stands for itself */
	struct address address; /* with its domain */
	struct str user;        /* local: the account's name, in lower case, without extension */
	struct address owner;   /* who hears of failures: owner-list@domain; null: the sender */
};

struct alias_expansion {
	const struct alias_context *context;
	struct arena arena;
	struct list results;
	struct map seen; /* addresses that are in `results`, names that were expanded */
	size_t count;
};

#define ALIAS_DEPTH_MAX   20
#define ALIAS_RESULTS_MAX 10000

void alias_expansion_init(struct alias_expansion *x, const struct alias_context *c);
void alias_expansion_drop(struct alias_expansion *x);

/*
 * Expands a local recipient. 0, or a failure with words; ERR_UNSUPPORTED: a target of a kind that
 * cannot be delivered to; ERR_SYNTAX: one that is none; ERR_LOOP, ERR_TOO_MANY: beyond the bounds;
 * others: could not find out.
 */
PARKS MUST_USE int alias_expand(
    struct alias_expansion *x, const struct address *recipient, int64_t deadline, struct why *why);

#endif
