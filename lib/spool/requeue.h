/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_REQUEUE_H
#define LIB_SPOOL_REQUEUE_H

#include "lib/spool/stored.h"

/*
 * Puts a queued message into the maildrop, from where it goes through cleanup again under another id:
 * the same envelope and content, without the recipients that are done. It arrived when it first did.
 *
 * fd: of the segment or file that holds the content, whose CRC is verified. done[i]: recipient i has
 * the message. 0: durable; the message itself is still there, and is the caller's to remove (S14).
 * Blocks: for threads, and for commands. Error, with words: ERR_CORRUPT, -errno; nothing is left.
 */
MUST_USE int requeue_write(const struct stored *m, int fd, const bool *done, struct why *why);

#endif
