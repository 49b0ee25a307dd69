/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_MAILBOX_LOCK_H
#define LOCAL_MAILBOX_LOCK_H

#include "lib/base/why.h"
#include "local/mailbox.h"

/*
 * The locks of an mbox, all that were asked for: first a file beside it ("mailbox.lock"), then, on
 * the open file, those of the kernel.
 */
struct mailbox_lock {
	struct buf lock_file; /* empty: there is none */
};

/*
 * Where no file can be made beside the mailbox, and another kind of lock is asked for too, that one
 * has to do. Error: with words; nothing is locked then.
 */
PARKS MUST_USE int mailbox_lock_file(
    struct mailbox_lock *l, const char *path, const struct mailbox_locks *o, struct why *why);
PARKS MUST_USE int mailbox_lock_open(int fd, const struct mailbox_locks *o, struct why *why);

void mailbox_lock_drop(
    struct mailbox_lock *l); /* the lock file goes; the others go with the file */

#endif
