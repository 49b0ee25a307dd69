/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_FILE_WRITER_H
#define LIB_SPOOL_FILE_WRITER_H

#include "lib/base/buf.h"
#include "lib/base/why.h"
#include "lib/spool/layout.h"

/*
 * Streams one message into a file of its own: ID.tmp first, its header last; then fsync, rename to ID, fsync
 * of the folder (S1). Every call that can block is done on a thread.
 *
 *	AUTO(file_writer) f;
 *	file_writer_init(&f, SPOOL_INCOMING, &id);
 *	file_writer_open(&f, &why);
 *	while (...) file_writer_add(&f, bytes, &why);
 *	file_writer_commit(&f, envelope, STR_NONE, &why);
 *
 * On disk: a RECORD_MESSAGE at 0 whose content begins at FILE_CONTENT and whose envelope follows the
 * content; RECORD_HISTORY records after it. The room before the content is there so that headers
 * which are known last (signatures) can be put before it.
 */
#define FILE_CONTENT ((uint64_t)4096)

struct file_writer {
	enum spool_queue queue;
	struct queue_id id;
	int fd;              /* -1: not open, or over */
	struct buf pending;  /* content not yet written */
	uint64_t written;    /* content bytes in the file */
	uint32_t crc;        /* of them */
	int failed;          /* first failure; later calls answer it */
};

void file_writer_init(struct file_writer *f, enum spool_queue queue, const struct queue_id *id);
void file_writer_drop(struct file_writer *f); /* what was not committed is removed */

/* Error: -errno, ERR_FULL; why complete. */
PARKS MUST_USE int file_writer_open(struct file_writer *f, struct why *why);
PARKS MUST_USE int file_writer_add(struct file_writer *f, struct str bytes, struct why *why);

static inline uint64_t
file_writer_size(const struct file_writer *f)
{
	return f->written + f->pending.n;
}

/*
 * 0: committed. history: encoded, empty for none. Error: nothing is left behind, and the message is not
 * committed; but ERR_TEMPORARY: the last fsync, of the folder, failed and the file could not be taken
 * back: it may be delivered although the sender is told to try again.
 */
PARKS MUST_USE int file_writer_commit(
    struct file_writer *f, struct str envelope, struct str history, struct why *why);

#endif
