/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_FILE_WRITER_H
#define LIB_SPOOL_FILE_WRITER_H

#include "lib/base/buf.h"
#include "lib/base/why.h"
#include "lib/spool/layout.h"

/*
 * Streams one message into a file of its own in incoming/: ID.tmp first, its header last; then fsync,
 * rename to ID, fsync of the folder (S1). Every call that can wait for the disk is made on a thread.
 *
 *	AUTO(file_writer) f;
 *
 *	file_writer_init(&f, &id);
 *	file_writer_open(&f, &why);
 *	while (...)
 *		file_writer_add(&f, bytes, &why);
 *	file_writer_commit(&f, envelope, &why);
 *
 * The content begins at FILE_CONTENT, the envelope follows it. The room before the content is there so
 * that headers which are known last (signatures) can be put before it.
 */
#define FILE_CONTENT ((uint64_t)4096)

struct file_writer {
	struct queue_id id;
	int fd;             /* -1: not open, or over */
	struct buf pending; /* content not yet written */
	uint64_t written;   /* content bytes in the file */
	uint32_t crc;       /* of them */
	int failed;         /* first failure; later calls answer it */
};

void file_writer_init(struct file_writer *f, const struct queue_id *id);
void file_writer_drop(struct file_writer *f); /* what was not committed is removed */

/* Error: ERR_FULL, -errno; why complete. bytes must stay until the call returns. */
PARKS MUST_USE int file_writer_open(struct file_writer *f, struct why *why);
PARKS MUST_USE int file_writer_add(struct file_writer *f, struct str bytes, struct why *why);

static inline uint64_t
file_writer_size(const struct file_writer *f)
{
	return f->written + f->pending.n;
}

/*
 * 0: committed; envelope is the encoded one. Error: not committed, and as far as the disk obeys
 * nothing is left behind.
 */
PARKS MUST_USE int file_writer_commit(struct file_writer *f, struct str envelope, struct why *why);

#endif
