/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_QUEUE_H
#define TOOLS_QUEUE_H

#include "lib/config/config.h"
#include "lib/ipc/channel.h"

/*
 * A command's conversation with qmgr, which answers from memory: fn runs in a task, with an open
 * channel. False: qmgr cannot be reached, and nothing was said. The current folder is then the
 * queue directory. Ends the program with words for everything else.
 */
MUST_USE bool queue_try(
    const struct config *c, PARKS void (*fn)(struct channel *qmgr, void *arg), void *arg);

/* The same; ends the program when qmgr cannot be reached. */
void queue_talk(
    const struct config *c, PARKS void (*fn)(struct channel *qmgr, void *arg), void *arg);

/* Until when an answer is waited for. */
int64_t queue_deadline(void);

#define QUEUE_IDS_MAX 1000u /* of one order */

/*
 * Has qmgr act on the messages that `a` means: to how many it was done. Names ids of no message.
 * Answers whether all of it was done.
 */
PARKS bool queue_act(struct channel *qmgr, const struct message_queue_action *a, uint64_t *count);

/* Ends the program as the answer `failed` says, if it is one: EX_NOPERM, EX_TEMPFAIL. */
void queue_check_failed(const struct frame *frame);

/* Has pickup look at the maildrop now rather than at its next round. False: it could not be told. */
bool queue_wake_pickup(const struct config *c);

#endif
