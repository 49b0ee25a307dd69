/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_SEGMENT_H
#define LIB_SPOOL_SEGMENT_H

#include <stdbool.h>

#include "lib/base/list.h"
#include "lib/spool/record.h"
#include "lib/spool/stored.h"

/*
 * A journal segment as its reader, qmgr, sees it; owned by struct journal. It is over, and is unlinked,
 * when it is closed, scanned, and as many messages are done as it has. Who forgets a message therefore
 * leaves its segment on disk, where recovery finds it.
 */
struct segment {
	struct list in_journal;
	struct queue_id name;
	uint64_t owner;
	int fd;             /* read-only */
	int marks_fd;       /* -1: no mark written yet */
	uint64_t marks_end; /* of what is whole in the marks' file */
	struct buf marks;   /* encoded positions that wait for journal_flush() */
	uint64_t *done;     /* a hash table of positions + 1; 0: free */
	size_t done_count;
	size_t done_room;   /* a power of two, or 0 */
	uint64_t known_end; /* every message before it was announced */
	uint64_t records;   /* messages in it, as far as announced or scanned */
	bool closed;        /* gets no further record */
	bool scanned;       /* `records` is all of them */
	bool scanning;      /* a scan is going through it */
	bool dirty;         /* marks written since the last journal_sync() */
};

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
bool segment_is_done(const struct segment *s, uint64_t position);

/* --- For journal.c and recover.c ------------------------------------------------------------- */

/* "journal/NAME.SUFFIX" */
void segment_path(const struct segment *s, const char *suffix, char path[SPOOL_PATH_MAX]);

MUST_USE int segment_new(const struct queue_id *name, struct segment **out); /* opens it */
void segment_free(struct segment *s);
bool segment_is_over(const struct segment *s);

/* Writes the marks that wait. *created is set when the marks' file is new. */
MUST_USE int segment_write_marks(struct segment *s, bool *created);

/* What a record's bytes say, verified; texts borrow from bytes. Errors as segment_read(). */
MUST_USE int segment_decode(const struct record *r, struct str bytes, struct arena *arena,
    struct stored *out, struct str *content);

#endif
