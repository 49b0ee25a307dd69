/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_NOTIFIER_H
#define CLEANUP_NOTIFIER_H

#include "lib/ipc/channel.h"
#include "lib/mail/queue_id.h"
#include "lib/spool/journal_writer.h"

/*
 * Tells qmgr of each committed message, in order, over one kept channel (CHANNEL_STORED). Nothing that was
 * committed depends on it: what qmgr did not hear it finds in the spool. Invariants:
 *
 *  N1. A notice is given only of what is committed (S2), and after its commit.
 *  N2. After a channel has broken, the segment is rotated as soon as there is another: so whatever
 *      qmgr missed is in segments that are closed, whose end is told, and which it then scans.
 *  N3. Notices of files and of closed segments wait until they are sent; those of records may be dropped
 *      while there is no channel, because of N2.
 */
struct notifier {
	/* Makes a channel ready. Error: negative, with words. */
	PARKS int (*connect)(void *context, struct channel *c, int64_t deadline, struct why *why);
	void *context;
	struct journal_writer *journal; /* to be rotated */
	struct list waiting;            /* notices */
	size_t count;
	struct cond work;
	struct group tasks;
	bool connected;
	bool missed; /* notices of records were dropped, or were on a channel that broke */
	bool closing;
	bool broken; /* the channel in use is */
};

/* path: of qmgr's socket; kept. Then set journal, then start. */
void notifier_init(struct notifier *n, const char *path);
MUST_USE int notifier_start(struct notifier *n);

/* Sends what waits, up to the deadline; then ends. */
PARKS void notifier_close(struct notifier *n, int64_t deadline);

/* None of them parks. */
void notify_record(struct notifier *n, struct str segment, uint64_t position, uint64_t length);
void notify_segment_closed(struct notifier *n, struct str segment, uint64_t length);
void notify_file(struct notifier *n, const struct queue_id *id);

#endif
