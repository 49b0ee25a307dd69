/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_ROOM_H
#define LIB_SPOOL_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/why.h"

/*
 * Whether the spool has room for one more message: free space of the file system, and the sum of the
 * journal's segments. Looked at once a second at most, on a thread.
 */
struct room {
	uint64_t free_least;   /* queue_minfree: bytes that must stay free; 0: no such limit */
	uint64_t journal_most; /* bytes that the segments may have together; 0: no such limit */
	int64_t looked;        /* monotonic */
	uint64_t free_bytes;   /* as last seen */
	uint64_t journal_bytes;
	bool known;
	bool looking; /* a task is at it */
};

void room_init(struct room *r, uint64_t free_least, uint64_t journal_most);

/*
 * 0: room for `size` bytes. ERR_FULL: answer 452, why says what is full. -errno: could not look; the
 * write will tell.
 */
PARKS MUST_USE int room_check(struct room *r, uint64_t size, struct why *why);

/* What a failed write means: ERR_FULL where the disk, or a quota, is full; else the failure itself. */
int room_error(int error);

#endif
