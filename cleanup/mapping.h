/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_MAPPING_H
#define CLEANUP_MAPPING_H

#include "cleanup/mapper.h"
#include "cleanup/verdict.h"
#include "lib/mail/queue_id.h"

/* The tables for one message. */
struct mapping {
	struct mapper *mapper;
	struct arena *arena; /* holds the addresses that are made */
	const struct queue_id *id;
	bool maps; /* else addresses are completed only */
	bool copies;
};

/*
 * Each answers VERDICT_NONE, or how the message ends where a table failed or went beyond a limit,
 * which is then logged. *a is replaced by what it becomes, in the arena.
 */
PARKS MUST_USE enum verdict mapping_canonical(
    const struct mapping *p, enum mapper_class class_, struct address *a);

/* What virtual_alias_maps make of a recipient: at least one address, in the arena. */
struct address_list {
	struct address *items;
	size_t count, room;
};
PARKS MUST_USE enum verdict mapping_expand(
    const struct mapping *p, const struct address *a, struct address_list *out);

/* The first address that a table of BCC maps names; null when there is none. */
PARKS MUST_USE enum verdict mapping_find_bcc(
    const struct mapping *p, enum mapper_table table, const struct address *a, struct address *out);

#endif
