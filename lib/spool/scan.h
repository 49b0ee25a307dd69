/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_SCAN_H
#define LIB_SPOOL_SCAN_H

#include "lib/spool/recover.h"

/* Goes through one closed segment from its first byte to its last; the part of recover.c that does so. */
struct scan {
	struct segment *segment; /* NULL: not open */
	char *window;            /* bytes of the segment from `base` on */
	uint64_t base;
	size_t length;
	uint64_t size;     /* of the segment */
	uint64_t position; /* what is before it has been looked at */
	uint64_t records;
	uint64_t undone;
	bool failed; /* something could not be read or kept: not scanned */
};

/* Error: -errno. The segment must be closed, and stays valid (it is not over before the scan ends). */
MUST_USE int scan_open(struct scan *c, struct segment *s);
void scan_close(struct scan *c); /* safe when it is not open */

/*
 * The next thing found, with lists in the arena and texts in the window: until the next call. The last is
 * FOUND_SCANNED, or FOUND_UNREADABLE with c->failed; the scan is then closed. Error: ERR_CANCELLED.
 */
PARKS MUST_USE int scan_next(struct scan *c, struct arena *arena, struct found *out);

#endif
