/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_MAILBOX_LOCK_H
#define LIB_SERVICE_MAILBOX_LOCK_H

#include "lib/base/buf.h"
#include "lib/base/why.h"
#include "lib/config/config.h"

/*
 * The locks of an mbox, all that were asked for: first a file beside it ("mailbox.lock"), then, on
 * the open file, those of the kernel.
 */
struct mailbox_locks {
	bool dotlock, fcntl, flock;
	int64_t attempts;
	int64_t delay;      /* between them, ticks */
	int64_t stale_time; /* age of a lock file that was left behind, ticks */
};

struct mailbox_lock {
	struct buf lock_file; /* empty: there is none */
};

/*
 * From mailbox_delivery_lock or its like, and deliver_lock_attempts, deliver_lock_delay and
 * stale_lock_time. Error, with words: ERR_SYNTAX.
 */
MUST_USE int mailbox_locks_read(struct mailbox_locks *l, const struct config *c,
    struct config_list styles, struct why *why);

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
