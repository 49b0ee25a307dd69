/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_STATUS_H
#define MASTER_STATUS_H

#include "master/crews.h"

/*
 * Answers `postroad status`: who connects to the socket gets the table of services as text and the
 * end of the stream. The socket is in the folder of master's lock and only for its owner (root, or
 * who started the suite).
 *
 *	service TAB type TAB starting TAB ready TAB draining TAB sessions TAB served LF
 */
#define STATUS_SOCKET "status"

/* In `folder`. The task runs in the group, until it is cancelled. Error: -errno, with words. */
MUST_USE int status_start(
    struct group *g, const struct crews *all, const char *folder, struct why *why);

#endif
