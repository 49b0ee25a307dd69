/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_MESSAGE_H
#define CLEANUP_MESSAGE_H

#include "cleanup/body.h"
#include "cleanup/cleanup.h"
#include "cleanup/orders.h"
#include "cleanup/parties.h"
#include "cleanup/verdict.h"
#include "lib/spool/file_writer.h"
#include "lib/sys/log.h"

/*
 * One message on its way into the spool: its envelope, then its content in pieces, then the commit. Up to
 * journal_message_limit it is collected in memory and goes into the journal; beyond that it
 * streams into a file of its own. Each step answers VERDICT_NONE to go on, or how it ended; after that
 * only message_drop() may follow.
 *
 *	message_init(&m, k, &submitter);
 *	result = message_take(&m, frame);
 *	v = message_begin(&m);
 *	v = message_add(&m, bytes);
 *	v = message_commit(&m);      // VERDICT_QUEUED: committed (S1), qmgr is told (S2)
 *	message_drop(&m);
 */
struct message {
	struct cleanup *cleanup;
	const struct log_speaker *submitter;
	struct queue_id id;
	struct arena arena;           /* the texts of the message's life */
	struct message_submit submit; /* as it was sent; in the arena */
	struct mapping mapping;
	struct parties parties;
	struct orders orders;
	bool checking;     /* checks are asked */
	struct buf answer; /* of the table that was asked last */
	struct str
	    reason;     /* words of a rule for the verdict, "5.7.1 no"; empty: those of its row */
	uint32_t flags; /* SUBMIT_ bits for the envelope */
	int64_t arrival;
	struct draft *draft; /* content: what rules put in front, Received, then what came */
	size_t from;         /* where in it the content as it came begins */
	size_t body_at;      /* where its body begins, once its header is done */
	size_t look_at;      /* when there is so much, its end is looked for again */
	struct body body;
	uint64_t size; /* bytes that came */
	bool held_cr;  /* the last of them was a CR, which is not in the content yet */
	bool head_done;
	bool streaming;
	bool expected;           /* journal_expect() knows of it */
	struct file_writer file; /* when streaming */
};

/* That is in memory at once: the largest journal_message_limit, each byte of it encoded. */
#define MESSAGE_CONTENT_MAX ((size_t)4 * 1024 * 1024)

void message_init(struct message *m, struct cleanup *k, const struct log_speaker *submitter);
void message_drop(struct message *m); /* what was not committed leaves nothing */

/* The frame `submit`; flags that are not in `allowed` are passed over. Error: ERR_PROTOCOL. */
MUST_USE int message_take(struct message *m, const struct frame *f, uint32_t allowed);
PARKS enum verdict message_begin(struct message *m);
PARKS enum verdict message_add(struct message *m, struct str bytes);
/* What rules say at the end of the content; then message_commit(). */
void message_order(struct message *m, const struct message_content_end *end);
PARKS enum verdict message_commit(struct message *m);

/* Headers are looked after for our own users; a stranger's message stays as it came. */
bool message_is_ours(const struct message *m);

/* smtputf8_autodetect_classes has what this message is. */
bool message_detects_utf8(const struct message *m);

#endif
