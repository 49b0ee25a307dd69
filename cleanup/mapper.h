/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_MAPPER_H
#define CLEANUP_MAPPER_H

#include "lib/config/config.h"
#include "lib/route/own_address.h"
#include "lib/route/rewrite.h"
#include "lib/table/match_list.h"
#include "lib/table/table.h"

/*
 * What becomes of the addresses of a message, by configuration and tables: completed, mapped
 * (canonical), masqueraded, expanded (virtual aliases), copied (BCC). Postfix's order, keys and limits
 * (ADDRESS_REWRITING_README). One for the process; a message asks it through mapping.h.
 */
enum mapper_table {
	MAPPER_SENDER_CANONICAL,
	MAPPER_RECIPIENT_CANONICAL,
	MAPPER_CANONICAL,
	MAPPER_VIRTUAL,
	MAPPER_SENDER_BCC,
	MAPPER_RECIPIENT_BCC,
	MAPPER_TABLES
};

/* Where an address stands; a set of them says what a table is asked for. */
enum mapper_class {
	CLASS_ENVELOPE_SENDER = 1 << 0,
	CLASS_ENVELOPE_RECIPIENT = 1 << 1,
	CLASS_HEADER_SENDER = 1 << 2,
	CLASS_HEADER_RECIPIENT = 1 << 3,
};

struct mapper {
	struct rewrite_rules rewrite;
	struct rewrite_rules rewrite_remote; /* headers of other hosts' mail … */
	bool rewrites_remote;                /* … where they are touched at all */
	struct table_list tables[MAPPER_TABLES];
	unsigned classes[MAPPER_CANONICAL + 1];
	bool propagates[MAPPER_TABLES]; /* an unmatched extension */
	const char *delimiters;
	struct str origin;
	struct match_list *local_domains; /* whose users may be looked up without their domain */
	struct own_addresses own;
	struct config_list masquerade;
	unsigned masquerade_classes;
	struct match_list *masquerade_exceptions;
	struct str always_bcc;
	struct str null_recipient; /* who gets mail to <> */
	size_t expansion_max, recursion_max, address_max;
};

/* Opens its tables, before rights are dropped. Borrows from c. Error: with words. */
MUST_USE int mapper_open(struct mapper *m, const struct config *c, struct why *why);
void mapper_close(struct mapper *m);

const char *mapper_table_name(enum mapper_table table); /* of its parameter */

#endif
