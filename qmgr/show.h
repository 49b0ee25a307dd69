/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_SHOW_H
#define QMGR_SHOW_H

#include "lib/ipc/channel.h"
#include "qmgr/qmgr.h"

/* Answers queue_list: an entry for each message, the oldest first, then the end. */
PARKS MUST_USE int show_queue(struct qmgr *q, struct channel *c, uint32_t request);

#endif
