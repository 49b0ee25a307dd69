/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_SUBMISSION_H
#define SMTPD_SUBMISSION_H

#include "lib/esmtp/reply.h"
#include "lib/ipc/kept_caller.h"

/* The way of messages to cleanup: one channel that all sessions of the worker share. */
struct cleanup_link {
	struct kept_caller caller;
	int64_t timeout; /* for an answer of cleanup */
};

/*
 * One message on its way. What is small is gathered, and leaves with its envelope and its end in one
 * write; what is not, leaves piece by piece. A failure on the way is kept, and is the answer in the
 * end: the client has sent its content by then, and hears what to do.
 */
struct submission {
	struct cleanup_link *link;
	struct kept_user *channel; /* NULL: not started */
	const struct message_submit *envelope;
	struct buf gathered;
	struct message_content_end end; /* its actions: set before submission_finish() */
	struct call call;
	int failed;
};

/* envelope: kept until the end. gather_max: content up to this is gathered. */
void submission_init(struct submission *u, struct cleanup_link *l,
    const struct message_submit *envelope, size_t gather_max);

PARKS void submission_add(struct submission *u, struct str piece);

/* True: the rest of the content makes no difference; submission_finish() has the verdict. */
bool submission_is_decided(const struct submission *u);

/*
 * The content is whole: cleanup's verdict, or 451 where there is none. *queue_id is set when the
 * message was taken. Ends the submission.
 */
PARKS void submission_finish(struct submission *u, struct reply *r, struct buf *queue_id);

/* Nothing is to come of it. Ends the submission; safe after submission_finish(). */
PARKS void submission_abort(struct submission *u);

#endif
