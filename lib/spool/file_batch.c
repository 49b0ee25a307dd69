/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each part is a task that waits for its own thread, and has an arena of its own, since threads share
 * none. Neighbours go to different parts: they were written one after the other, so that the reads
 * that are under way together are near each other on the disk.
 */
#include "lib/spool/file_batch.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/run/offload.h"
#include "lib/run/task.h"

#define ARENA_CAP ((size_t)1024 * 1024 * 1024)

void
file_batch_init(struct file_batch *b)
{
	b->count = b->at = 0;
	for (size_t i = 0; i < FILE_BATCH_PARTS; i++) {
		b->parts[i].batch = b;
		arena_init(&b->parts[i].arena, ARENA_CAP);
	}
}

void
file_batch_drop(struct file_batch *b)
{
	for (size_t i = 0; i < FILE_BATCH_PARTS; i++)
		arena_drop(&b->parts[i].arena);
}

void
file_batch_begin(struct file_batch *b, enum spool_queue queue)
{
	file_batch_drop(b);
	b->queue = queue;
	b->count = b->at = 0;
}

bool
file_batch_add(struct file_batch *b, const struct queue_id *id)
{
	BUG_ON(b->count == FILE_BATCH_MAX);
	b->files[b->count++].id = id;
	return b->count < FILE_BATCH_MAX;
}

/* On a thread. */
static int
load_part(void *arg)
{
	struct file_batch_part *part = arg;
	struct file_batch *b = part->batch;

	for (size_t i = (size_t)(part - b->parts); i < b->count; i += FILE_BATCH_PARTS) {
		struct loaded *l = &b->files[i];

		l->result = message_read(b->queue, l->id, &part->arena, &l->message, &l->why);
	}
	return 0;
}

PARKS static void
run_part(void *arg)
{
	struct file_batch_part *part = arg;

	part->result = offload(load_part, part);
}

int
file_batch_load(struct file_batch *b)
{
	struct group tasks;
	int result = 0;

	group_init(&tasks);
	for (size_t i = 0; i < FILE_BATCH_PARTS && i < b->count && result == 0; i++) {
		b->parts[i].result = ERR_CANCELLED;
		result = task_start(&tasks, "load messages", run_part, &b->parts[i]);
	}
	if (result == 0)
		result = group_wait(&tasks, TICKS_NEVER);
	group_end(&tasks);
	for (size_t i = 0; i < FILE_BATCH_PARTS && i < b->count && result == 0; i++)
		result = b->parts[i].result;
	if (result < 0)
		b->count = 0;
	return result;
}

struct loaded *
file_batch_next(struct file_batch *b)
{
	return b->at < b->count ? &b->files[b->at++] : NULL;
}
