/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_MESSAGE_H
#define CLEANUP_MESSAGE_H

#include "cleanup/cleanup.h"
#include "cleanup/verdict.h"
#include "lib/ipc/message.h"
#include "lib/spool/file_writer.h"
#include "lib/sys/log.h"

/*
 * One message on its way into the spool: its envelope, then its content in pieces, then the commit. Up to
 * journal_message_limit it is collected in memory and goes into the journal; beyond that it
 * streams into a file of its own. Each step answers VERDICT_NONE to go on, or how it ended; after that
 * only message_drop() may follow.
 *
 *	message_init(&m, k, &submitter);
 *	v = message_begin(&m, &submit);
 *	v = message_add(&m, bytes);
 *	v = message_commit(&m);      // VERDICT_QUEUED: committed (S1), qmgr is told (S2)
 *	message_drop(&m);
 */
struct message {
	struct cleanup *cleanup;
	const struct log_speaker *submitter;
	struct queue_id id;
	struct arena arena; /* what the header is completed from */
	uint32_t flags;     /* SUBMIT_ bits */
	struct str sender;
	struct str full_name; /* of a local submitter; may be empty */
	int64_t arrival;
	struct draft *draft; /* envelope; content: Received, then what came */
	size_t from;         /* where in it the content as it came begins */
	uint64_t size;       /* bytes that came */
	bool held_cr;        /* the last of them was a CR, which is not in the content yet */
	bool head_done;
	bool streaming;
	bool expected;           /* journal_expect() knows of it */
	struct file_writer file; /* when streaming */
};

void message_init(struct message *m, struct cleanup *k, const struct log_speaker *submitter);
void message_drop(struct message *m); /* what was not committed leaves nothing */

PARKS enum verdict message_begin(struct message *m, const struct message_submit *submit);
PARKS enum verdict message_add(struct message *m, struct str bytes);
PARKS enum verdict message_commit(struct message *m);

#endif
