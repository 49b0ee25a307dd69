/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_ALIAS_H
#define LOCAL_ALIAS_H

#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/ipc/message.h"
#include "lib/mail/address.h"
#include "lib/route/route.h"
#include "lib/table/table.h"
#include "local/rights.h"
#include "local/user_rules.h"

/*
 * What a local recipient stands for, once all aliases, lists and .forward files are followed:
 * mailboxes here, addresses elsewhere, files, commands; each once.
 */
struct alias_context {
	struct table_list *tables;
	struct router *router; /* says which domains are ours */
	struct user_rules *users;
	const struct rights *privs; /* default_privs */
	const char *delimiters;
	const char *origin; /* $myorigin: the domain of names without one */
	bool reset_owner;   /* an alias without an owner has none, whatever leads to it */
	bool expand_owner;  /* the owner is what owner-list stands for, not owner-list */
	/*
	 * Reads the first of these files that is there, with those rights. 0: *out, its text in the
	 * arena; negative: could not find out, with words.
	 */
	PARKS int (*read)(const struct rights *rights, bool is_include, struct message_line *paths,
	    uint32_t count, struct arena *a, struct message_mailbox_text *out, struct why *why);
};

enum alias_state { /* for whoever delivers */
	ALIAS_OPEN,
	ALIAS_DONE,
	ALIAS_DEFERRED,
};

enum alias_kind {
	ALIAS_TO_MAILBOX,
	ALIAS_TO_ADDRESS,
	ALIAS_TO_FILE,
	ALIAS_TO_COMMAND,
	ALIAS_TO_TRANSPORT,
};

enum alias_source { /* bits: who named a file or a command */
	ALIAS_BY_ALIAS = 1 << 0,
	ALIAS_BY_FORWARD = 1 << 1,
	ALIAS_BY_INCLUDE = 1 << 2,
	ALIAS_BY_CONFIG = 1 << 3,
};

#define ALIAS_FORWARDS_MAX 20u

struct alias_result {
	struct list link;
	enum alias_state state;
	enum alias_kind kind;
	enum alias_source source; /* of a file or command */
	bool is_final; /* its name stands for more: a new message must not follow that again */
	struct address address; /* with its domain; of a file or command: who named it */
	struct str user;        /* the account's name, in lower case, without extension */
	struct str text;        /* path; command; "transport:nexthop" */
	struct rights rights;   /* of the account, or who named it; not set: no such account */
	struct address owner;   /* who hears of failures: owner-list@domain; null: the sender */
	/* A mailbox whose .forward nobody looked for yet: in one of these files. */
	struct message_line *forwards;
	uint32_t forwards_count;
};

struct alias_expansion {
	const struct alias_context *context;
	struct arena arena;
	struct list results;
	struct map seen; /* what is in `results`, names and files that were expanded */
	size_t count;
	size_t targets; /* that were read so far, whatever came of them */
	int64_t deadline;
};

#define ALIAS_DEPTH_MAX   20 /* of aliases, lists and .forward files together */
#define ALIAS_RESULTS_MAX 10000

void alias_expansion_init(
    struct alias_expansion *x, const struct alias_context *c, int64_t deadline);
void alias_expansion_drop(struct alias_expansion *x);

/*
 * Expands a local recipient. is_final: to its account, without aliases and .forward. 0, or a failure
 * with words; ERR_SYNTAX: a target that is none; ERR_REFUSED: a list that cannot be used; ERR_LOOP,
 * ERR_TOO_MANY: beyond the bounds; others: could not find out.
 *
 * The .forward of the recipient itself is left to whoever writes the mailbox, who is its user:
 * alias_expand_forward() then replaces the result by what the file says.
 */
PARKS MUST_USE int alias_expand(
    struct alias_expansion *x, const struct address *recipient, bool is_final, struct why *why);
PARKS MUST_USE int alias_expand_forward(struct alias_expansion *x, struct alias_result *r,
    const struct message_mailbox_text *file, struct why *why);

#endif
