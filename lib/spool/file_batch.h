/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_FILE_BATCH_H
#define LIB_SPOOL_FILE_BATCH_H

#include "lib/spool/message_file.h"

/*
 * Message files that are read together, on several threads: what one of them takes is mostly the
 * disk's time to answer.
 *
 *	file_batch_begin(&b, SPOOL_DEFERRED);
 *	while (more && file_batch_add(&b, &id))
 *		…
 *	n = file_batch_load(&b);
 *	while ((l = file_batch_next(&b)) != NULL)
 *		use(l);
 */
#define FILE_BATCH_MAX   64
#define FILE_BATCH_PARTS 4 /* as many threads as there are by default */

struct loaded {
	const struct queue_id *id; /* the caller's */
	struct stored message;
	struct why why;
	int result; /* of message_read() */
};

struct file_batch {
	enum spool_queue queue;
	struct loaded files[FILE_BATCH_MAX];
	size_t count;
	size_t at;
	struct file_batch_part {
		struct file_batch *batch;
		struct arena arena;
		int result;
	} parts[FILE_BATCH_PARTS];
};

void file_batch_init(struct file_batch *b);
void file_batch_drop(struct file_batch *b);

/* A batch of files of that queue; what was loaded before is gone. */
void file_batch_begin(struct file_batch *b, enum spool_queue queue);
bool file_batch_add(struct file_batch *b, const struct queue_id *id); /* false: it is full now */

/* Error: ERR_CANCELLED, -ENOMEM; the batch is then empty. */
PARKS MUST_USE int file_batch_load(struct file_batch *b);

/* NULL: that was the last. Valid until the next file_batch_begin(). */
struct loaded *file_batch_next(struct file_batch *b);

#endif
