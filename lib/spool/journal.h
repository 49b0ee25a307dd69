/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_JOURNAL_H
#define LIB_SPOOL_JOURNAL_H

#include "lib/base/list.h"
#include "lib/spool/stored.h"

/*
 * qmgr's side of the journal: the segments it knows, content read back through the page cache, done marks.
 *
 * A segment stays known while it may get records or a message in it is not done. Each message that
 * qmgr takes up from it is counted with segment_hold(), and given up with segment_done() (a mark is
 * written) or segment_release() (none is: it will be found again).
 */
struct journal {
	struct list segments;
	bool folder_dirty;    /* a segment was unlinked since the last journal_sync() */
	struct list unlinked; /* segments whose marks still have to go (S17) */
};

struct segment {
	struct list in_journal;
	struct queue_id name;
	uint64_t owner;
	int fd;             /* read-only */
	int done_fd;        /* -1: no mark written yet */
	uint64_t done_end;  /* of the marks on disk */
	struct buf marks;   /* positions whose marks wait for journal_flush() */
	uint64_t *done;     /* positions done, sorted; while a scan needs them */
	size_t done_count;
	unsigned held;      /* messages taken up and not given up */
	bool closed;        /* gets no further record */
	bool scanned;       /* every message in it is known or done */
	bool dirty;         /* marks written since the last journal_sync() */
};

void journal_init(struct journal *j);
void journal_drop(struct journal *j); /* marks that wait are lost: journal_flush() first */

/*
 * The segment of that name, opened if it is not known yet. Error: ERR_SYNTAX (no such name can be),
 * -ENOENT, -errno.
 */
MUST_USE int journal_open_segment(struct journal *j, struct str name, struct segment **out);
struct segment *journal_find(const struct journal *j, struct str name);

/*
 * Reads and verifies one record. *content is set where wanted (not NULL); it and all texts are in the
 * arena. Small reads from the page cache, in place. Error: ERR_CORRUPT, ERR_UNSUPPORTED, -errno (S22).
 */
MUST_USE int segment_read(struct segment *s, uint64_t position, uint64_t length,
    struct arena *arena, struct stored *out, struct str *content);

/*
 * The content alone, into p (stored.content_length bytes), its CRC verified. For handing to an agent
 * without a copy of the envelope.
 */
MUST_USE int segment_read_content(struct segment *s, const struct stored *m, char *p);

void segment_hold(struct segment *s);
void segment_done(struct journal *j, struct segment *s, uint64_t position);
void segment_release(struct journal *j, struct segment *s);

/* As segment_done for a record that was not taken up (its file is the message, S15). */
void segment_skip(struct journal *j, struct segment *s, uint64_t position);

/* The writer said that the segment gets no further record, and all of them were announced. */
void segment_closed(struct journal *j, struct segment *s);

/*
 * Writes the marks that wait: one small write a segment, to the page cache. Call once a turn
 * (run_before_sleep) or before replying. Unlinks segments that are over. May free segments
 * of which nothing is held. Error: -errno of the first failure; the marks wait on.
 */
MUST_USE int journal_flush(struct journal *j);

/* Makes the marks and unlinkings durable (S16, S17), on a thread. Call each second; cheap when idle. */
PARKS MUST_USE int journal_sync(struct journal *j);

#endif
