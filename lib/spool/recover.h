/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_RECOVER_H
#define LIB_SPOOL_RECOVER_H

#include "lib/spool/message_file.h"

/*
 * Finds every message in the spool, one by one, parking between reads, so that qmgr delivers while it
 * recovers. Order: hold, deferred, incoming, then the journal; so the copy that counts comes first
 * (S15): a message that the caller knows already is left out, or, where it was promoted, marked with
 * segment_done().
 *
 *	recover_open(&r, &journal);
 *	while ((n = recover_next(&r, &found)) > 0) {
 *		switch (found.kind) { ... }
 *	}
 *	recover_close(&r);
 *
 * It can run again at any time (S23). Segments that a worker holds (S12) are passed over; a segment is
 * scanned alone with recover_segment() when its worker has gone or has closed it.
 */
enum found_kind {
	FOUND_MESSAGE = 1, /* message; of a journal message also segment, position, length */
	FOUND_DAMAGED,     /* path was damaged: its bytes are now in destination; why says what */
	FOUND_UNREADABLE,  /* path could not be read (S22), or is of a newer program: left there */
	FOUND_LIVE,        /* segment is being written to (S12): passed over */
	FOUND_SCANNED,     /* segment was scanned to its end: `count` messages are not done */
	FOUND_STALE,       /* a .tmp or marks without segment: removed */
};

struct found {
	enum found_kind kind;
	struct stored message;
	struct segment *segment;
	uint64_t position; /* of the record in the segment */
	uint64_t length;
	uint64_t count;
	int error;
	char path[SPOOL_PATH_MAX];
	char destination[SPOOL_PATH_MAX];
	struct why why;
};

struct recover_state;

struct recover {
	struct recover_state *state;
};

void recover_open(struct recover *r, struct journal *j);
/* Only this segment. */
void recover_segment(struct recover *r, struct journal *j, struct segment *s);
void recover_close(struct recover *r);

/*
 * 1: *out is something found, borrowed until the next call. 0: that was all. Error: ERR_CANCELLED;
 * -errno when a folder could not be read: the next call tries again.
 *
 * A file is looked for once more before it is yielded, so that one removed meanwhile does not come back:
 * keep a message in the index until message_remove() or message_move() has answered.
 */
PARKS MUST_USE int recover_next(struct recover *r, struct found *out);

#endif
