/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_HEAD_H
#define CLEANUP_HEAD_H

#include "cleanup/verdict.h"
#include "lib/config/config.h"
#include "lib/mail/compose.h"

/*
 * The header of a message on its way into the queue: where it ends, what is wrong with it, what it
 * lacks. Works in place on the message's bytes, of which the first `from` are ours (Received). Pure.
 */
struct head_rules {
	size_t field_max;                      /* header_size_limit */
	unsigned hops_max;                     /* hopcount_limit, our own included */
	const struct compose_source *complete; /* add what is missing; NULL: do not */
	const struct config_list *drop;        /* remove fields of these names; NULL: none */
};

/*
 * "From " lines of a mailbox at the start become fields (X-Mailbox-Line), so that the header behind them
 * is one. Only lines that are there whole. Error: ERR_TOO_LONG (the bound of content).
 */
MUST_USE int head_mask_from(struct buf *content, size_t from);

/* True when the header ends within the text, of which more may follow: at an empty line, or none. */
bool head_is_whole(struct str text);

/*
 * Checks and completes the header; *message_id is set to what a log shows, "" for none. VERDICT_NONE: all is
 * well. Content that does not begin with a header gets an empty line before it, for ours is in front.
 */
enum verdict head_finish(
    struct buf *content, size_t from, const struct head_rules *rules, struct buf *message_id);

#endif
