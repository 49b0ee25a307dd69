/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_JOURNAL_H
#define LIB_SPOOL_JOURNAL_H

#include "lib/spool/segment.h"

/*
 * qmgr's side of the journal: the segments it knows, content read back through the page cache, done
 * marks, and what has to reach the disk within the second (S16).
 *
 *	journal_open_segment(&j, name, &s);             // stored_record came
 *	segment_read(s, position, length, arena, &m, NULL);
 *	segment_announced(s, position, length);
 *	...
 *	segment_done(s, position);                      // S14
 *	journal_flush(&j);                              // once a turn
 *	journal_sync(&j);                               // each second
 *
 * A segment stays valid until a journal_sync() after it was over.
 */
struct journal {
	struct list segments;
	struct list unlinked; /* segments whose marks still have to go (S17) */
	uint64_t dirty;       /* folders to sync: spool_folder_bit() */
	bool syncing;
};

void journal_init(struct journal *j);
void journal_drop(struct journal *j); /* marks that wait are lost: journal_flush() first */

/*
 * The segment of that name; opened, with its done marks, if it is not known yet. Error: ERR_SYNTAX
 * (no segment can have that name), -ENOENT, -errno.
 */
MUST_USE int journal_open_segment(struct journal *j, struct str name, struct segment **out);
struct segment *journal_find_segment(const struct journal *j, struct str name);
/* Also true of one that is over and whose marks are still there. */
bool journal_knows(const struct journal *j, const struct queue_id *name);

/*
 * Writes the marks that wait, one small write a segment, to the page cache, and unlinks segments that
 * are over; does not park. Error: -errno of the first failure; those marks wait on.
 */
MUST_USE int journal_flush(struct journal *j);

/*
 * Makes marks, removals and unlinkings durable, on a thread, and gives up segments that are over.
 * Costs nothing when nothing happened. Error: -errno; what failed is tried again by the next call.
 */
PARKS MUST_USE int journal_sync(struct journal *j);

#endif
