/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_JOURNAL_H
#define LIB_SPOOL_JOURNAL_H

#include <stdbool.h>

#include "lib/base/list.h"
#include "lib/spool/stored.h"

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
 * A segment is over, and is unlinked, when it is closed, scanned, and as many messages are done as it
 * has. Who forgets a message therefore leaves its segment on disk, where recovery finds it.
 * A segment stays valid until a journal_sync() after it was over.
 */
struct journal {
	struct list segments;
	struct list unlinked; /* segments whose marks still have to go (S17) */
	uint64_t dirty;       /* folders to sync: spool_folder_bit() */
	bool syncing;
};

struct segment {
	struct list in_journal;
	struct queue_id name;
	uint64_t owner;
	int fd;             /* read-only */
	int marks_fd;       /* -1: no mark written yet */
	uint64_t marks_end; /* of what is whole in the marks' file */
	struct buf marks;   /* encoded positions that wait for journal_flush() */
	uint64_t *done;     /* positions; the first done_sorted of them in order */
	size_t done_count;
	size_t done_sorted;
	size_t done_room;
	uint64_t known_end; /* every message before it was announced */
	uint64_t records;   /* messages in it, as far as announced or scanned */
	bool closed;        /* gets no further record */
	bool scanned;       /* `records` is all of them */
	bool dirty;         /* marks written since the last journal_sync() */
};

void journal_init(struct journal *j);
void journal_drop(struct journal *j); /* marks that wait are lost: journal_flush() first */

/*
 * The segment of that name; opened, with its done marks, if it is not known yet. Error: ERR_SYNTAX
 * (no segment can have that name), -ENOENT, -errno.
 */
MUST_USE int journal_open_segment(struct journal *j, struct str name, struct segment **out);
struct segment *journal_find_segment(const struct journal *j, struct str name);

/* 1: a worker still writes to it; 0: its lock was free, it is now marked closed (S12); -errno. */
MUST_USE int segment_is_live(struct segment *s);

/*
 * Reads and verifies one message, mostly from the page cache; does not park. *content is set where
 * wanted (not NULL). Error: ERR_CORRUPT, ERR_UNSUPPORTED, ERR_FULL (the arena's cap), -errno (S22).
 */
MUST_USE int segment_read(struct segment *s, uint64_t position, uint64_t length,
    struct arena *arena, struct stored *out, struct str *content);

/* The content alone, into p: m->content_length bytes, their CRC verified. Errors as above. */
MUST_USE int segment_read_content(struct segment *s, const struct stored *m, char *p);

/* The writer told of this record. */
void segment_announced(struct segment *s, uint64_t position, uint64_t length);

/*
 * The writer told that nothing follows. True: every message in it was announced. False: some were not
 * (qmgr or the writer was restarted): recover_segment() finds them.
 */
bool segment_closed(struct segment *s, uint64_t length);

/* S14. Once for each message. */
void segment_done(struct segment *s, uint64_t position);
bool segment_is_done(struct segment *s, uint64_t position);

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
