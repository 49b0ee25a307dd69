/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_BUILTIN_H
#define QMGR_BUILTIN_H

#include <stdbool.h>

#include "lib/ipc/message.h"

/*
 * Transports that need no agent: discard: (delivered to nobody), error: (fails for good), retry: (fails
 * and is tried again). The next hop is the words, for the latter two with an enhanced status code before them or
 * without. Pure.
 *
 * True: the transport is one of them, and *out is the outcome, but for its index. Borrows from
 * nexthop.
 */
bool builtin_outcome(struct str transport, struct str nexthop, struct message_outcome *out);

#endif
