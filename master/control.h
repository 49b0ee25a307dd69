/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_CONTROL_H
#define MASTER_CONTROL_H

#include "lib/base/why.h"

struct master;

/*
 * What `postroad` asks of a master that runs: a line comes, an answer goes, and the connection ends.
 * The socket is in the folder of master's lock and only for its owner (root, or who started the
 * suite).
 *
 *	request = "status" / "live" / "ready" / "reopen" / "reload" [SP service]
 *	answer  = exit-status LF *(words LF)
 *
 * The words of `status` are a table, a service each:
 *
 *	service TAB type TAB starting TAB ready TAB draining TAB sessions TAB served LF
 */
#define CONTROL_SOCKET "control"

/* In `folder`. The task runs in m->helpers, until it is cancelled. Error: -errno, with words. */
MUST_USE int control_start(struct master *m, const char *folder, struct why *why);

#endif
