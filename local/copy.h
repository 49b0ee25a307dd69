/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_COPY_H
#define LOCAL_COPY_H

#include "lib/base/buf.h"

/*
 * Writes a message into a mailbox file: CR LF becomes LF, every other byte stays what it is. In an
 * mbox, a line that begins with "From " gets a '>' before it, so that it does not begin a message
 * (RFC 4155 leaves this to the reader; every reader knows this way).
 *
 * The first failure is kept: what follows does nothing, and copy_finish() answers it.
 */
struct copy {
	int fd;
	bool is_mbox;
	bool at_start; /* of a line */
	bool cr;       /* the last piece ended in CR */
	size_t from;   /* bytes of "From " seen at the start of this line */
	struct buf out;
	uint64_t written;
	int failed;
};

void copy_start(struct copy *c, int fd, bool is_mbox);
void copy_add(struct copy *c, struct str piece);
void copy_add_raw(struct copy *c, struct str text); /* as it is; at the start of a line */

/* What waits is written; in an mbox also the empty line behind a message. Ends the copy. */
MUST_USE int copy_finish(struct copy *c);

#endif
