/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_MAILBOX_POOL_H
#define LOCAL_MAILBOX_POOL_H

#include "lib/ipc/caller.h"
#include "local/outcome.h"
#include "local/spawner.h"

/*
 * The processes that write mailboxes, each as one user; kept for a few seconds, so that the next
 * message for that user finds one. A process writes one message at a time: two for one user at once
 * get two processes.
 */
struct mailbox_pool {
	int spawner;
	struct list idle; /* the longest idle first */
	struct list busy;
	unsigned count; /* of both, and those that are starting */
	unsigned limit;
	int64_t keep; /* ticks that an idle process is kept */
	struct cond room;
	struct cond idle_came;
	struct group sweeper;
};

/* spawner: a descriptor of spawner_open(); borrowed. Error: -ENOMEM. */
MUST_USE int mailbox_pool_open(struct mailbox_pool *p, int spawner, unsigned limit, int64_t keep);
PARKS void mailbox_pool_close(struct mailbox_pool *p); /* nothing is being delivered any more */

/* What a process is asked to do: a message of message.def, "mailbox_…". */
struct mailbox_call {
	enum message_number number;
	const void *message;
	int fd; /* of the content; borrowed; -1: it is in the message */
};

struct mailbox_answer {
	bool is_text; /* the text of a file, rather than an outcome */
	struct outcome outcome;
	struct message_mailbox_text text; /* in the arena */
};

/* Has a process of this user do it. Whatever happens, *out says it. */
PARKS void mailbox_pool_call(struct mailbox_pool *p, const struct spawner_request *user,
    const struct mailbox_call *call, struct arena *a, struct mailbox_answer *out);

#endif
