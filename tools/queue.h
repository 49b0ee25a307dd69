/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_QUEUE_H
#define TOOLS_QUEUE_H

#include "lib/config/config.h"
#include "lib/ipc/channel.h"

/*
 * A command's conversation with qmgr, which answers from memory: fn runs in a task, with an open
 * channel. Ends the program with words when qmgr cannot be reached.
 */
void queue_talk(
    const struct config *c, PARKS void (*fn)(struct channel *qmgr, void *arg), void *arg);

/* Until when an answer is waited for. */
int64_t queue_deadline(void);

/*
 * Has qmgr act on a message, or on "ALL" of a queue (empty: every queue). How many messages it was
 * done to. False: it was not done, and the reason was shown.
 */
PARKS bool queue_act(struct channel *qmgr, enum queue_action action, const char *queue_id,
    const char *queue_name, uint64_t *count);

#endif
