/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The price of a commit is the fdatasync, and one fdatasync commits whatever was written before it. So
 * drafts gather while the one before is under way, and one task writes them all: with n senders
 * waiting, each pays an n-th. The write and the sync are one job on a thread, since a write, too, can
 * wait for the disk.
 *
 * Gathering by itself finds its batch size only when the disk is slower than the senders. On a fast disk
 * each message would get a sync of its own and the machine would be busy with nothing else. Hence
 * journal_expect(): while other messages are known to be on their way, a batch waits for most of
 * them, at most gather_max. A wait that was in vain switches the waiting off for a moment, so that slow
 * senders do not hold up a fast one.
 *
 * After a failure the file is not trusted: the kernel may have dropped the pages and forgotten that
 * (fsync tells of an error once). The segment ends at its last good batch, and a new one begins.
 *
 * A draft belongs to the writer and its sender together, since a cancelled sender may go away while a
 * thread reads the draft's bytes (S5).
 */
#include "lib/spool/journal_writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/spool/envelope.h"
#include "lib/spool/layout.h"
#include "lib/spool/room.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"

#define SEGMENT_SIZE   ((uint64_t)32 * 1024 * 1024)
#define SEGMENT_AGE    (30 * TICKS_SECOND)
#define GATHER_MAX     (3 * TICKS_MS)
#define GATHER_FROM    4u /* messages on their way that are worth waiting for */
#define GATHER_PAUSE   (100 * TICKS_MS)
#define PIECES         2u /* of a record: header and envelope, content */
#define BATCH_MESSAGES 256u
#define BATCH_BYTES    ((size_t)8 * 1024 * 1024)
#define PENDING        1 /* draft.result before it is known */

/* --- Drafts ---------------------------------------------------------------------------------- */

struct draft *
draft_new(size_t content_max)
{
	struct draft *d = NEW(struct draft);

	list_init(&d->in_batch);
	buf_init(&d->envelope, ENVELOPE_MAX);
	buf_init(&d->content, content_max + RECORD_ALIGN);
	buf_init(&d->head, RECORD_JOURNAL_MAX);
	cond_init(&d->done);
	d->result = PENDING;
	d->users = 1;
	return d;
}

void
draft_free(struct draft *d)
{
	if (d == NULL || --d->users > 0)
		return;
	buf_drop(&d->envelope);
	buf_drop(&d->content);
	buf_drop(&d->head);
	mem_free(d);
}

static size_t
draft_size(const struct draft *d)
{
	return RECORD_HEADER + record_align(d->envelope.n) + record_align(d->content.n);
}

bool
journal_takes(size_t envelope, size_t content)
{
	return envelope <= RECORD_JOURNAL_MAX && content <= RECORD_JOURNAL_MAX &&
	       RECORD_HEADER + record_align(envelope) + record_align(content) <= RECORD_JOURNAL_MAX;
}

/* --- Segments -------------------------------------------------------------------------------- */

struct segment_job {
	char temporary[SPOOL_PATH_MAX];
	char path[SPOOL_PATH_MAX];
	int fd;
};

/* On a thread. The lock comes before the name (S12), the folder's sync before any record (S3). */
static int
make_segment(void *arg)
{
	struct segment_job *job = arg;
	int fd, result;

	fd = sys_open(job->temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return fd;
	result = sys_lock(fd, true);
	if (result == 0)
		result = sys_rename(job->temporary, job->path);
	if (result == 0)
		result = sys_sync_folder(AT_FDCWD, "journal");
	if (result < 0) {
		(void)!sys_unlink(job->temporary);
		(void)!sys_unlink(job->path);
		sys_close(fd);
		return result;
	}
	FAULT_POINT("spool.segment");
	job->fd = fd;
	return 0;
}

PARKS static int
begin_segment(struct journal_writer *w)
{
	struct queue_id name = queue_id_next(w->options.ids, run_wall());
	struct segment_job job;
	int result;

	snprintf(job.temporary, sizeof(job.temporary), "journal/%s.tmp", name.text);
	snprintf(job.path, sizeof(job.path), "journal/%s.seg", name.text);
	result = offload(make_segment, &job);
	if (result < 0)
		return result;
	w->fd = job.fd;
	w->name = name;
	w->owner = record_owner(queue_id_str(&name));
	w->end = 0;
	w->born = run_now();
	return 0;
}

static void
end_segment(struct journal_writer *w)
{
	char path[SPOOL_PATH_MAX];
	bool empty = w->end == 0;

	if (w->fd < 0)
		return;
	if (empty) {
		/* Nobody knows of it, and the lock keeps recovery away. */
		snprintf(path, sizeof(path), "journal/%s.seg", w->name.text);
		(void)!sys_unlink(path);
	}
	sys_close(w->fd);
	w->fd = -1;
	if (!empty && w->options.closed != NULL)
		w->options.closed(w->options.context, queue_id_str(&w->name), w->end);
}

static bool
is_over(const struct journal_writer *w)
{
	return w->fd >= 0 && (w->rotate || w->end >= w->options.segment_size ||
	                         run_now() - w->born >= w->options.segment_age);
}

/* --- Batches --------------------------------------------------------------------------------- */

struct batch {
	struct list drafts;
	unsigned count;
	/* The thread's: */
	int fd;
	const struct str *pieces;
	size_t piece_count;
	uint64_t good_end; /* where the segment is cut if this fails */
};

/* On a thread. */
static int
commit(void *arg)
{
	struct batch *b = arg;
	int result;

	result = sys_write_pieces_all(b->fd, b->pieces, b->piece_count);
	FAULT_POINT("spool.written");
	if (result >= 0)
		result = sys_sync_data(b->fd);
	FAULT_POINT("spool.synced");
	if (result < 0) {
		(void)!sys_truncate(b->fd, b->good_end);
		return result;
	}
	return 0;
}

static void
pad(struct buf *b)
{
	static const char zeros[RECORD_ALIGN];
	int result = buf_add(b, str_make(zeros, (size_t)record_align(b->n) - b->n));

	BUG_ON(result < 0);
}

/* Makes the draft's bytes the record that stands at `position`. */
static void
make_record(struct draft *d, uint64_t owner, uint64_t position)
{
	char header[RECORD_HEADER];
	struct record r;
	int result;

	record_make(
	    &r, RECORD_MESSAGE, owner, position, buf_str(&d->envelope), buf_str(&d->content));
	record_encode(&r, header);
	result = buf_add(&d->head, str_make(header, sizeof(header)));
	if (result == 0)
		result = buf_add(&d->head, buf_str(&d->envelope));
	BUG_ON(result < 0);
	pad(&d->head);
	pad(&d->content);
	d->position = position;
	d->length = r.length;
}

/* Moves what was gathered into a batch, as much as fits. */
static void
take_batch(struct journal_writer *w, struct batch *b)
{
	size_t bytes = 0;

	*b = (struct batch){ .count = 0 };
	list_init(&b->drafts);
	while (!list_is_empty(&w->gathering) && b->count < BATCH_MESSAGES && bytes < BATCH_BYTES) {
		struct list *it = list_take_first(&w->gathering);
		struct draft *d = CONTAINER_OF(it, struct draft, in_batch);

		list_append(&b->drafts, it);
		bytes += draft_size(d);
		b->count++;
	}
	w->gathered -= b->count;
}

static void
lay_out(struct journal_writer *w, struct batch *b)
{
	uint64_t position = w->end;

	b->fd = w->fd;
	b->good_end = w->end;
	b->pieces = w->pieces;
	LIST_EACH (it, &b->drafts) {
		struct draft *d = CONTAINER_OF(it, struct draft, in_batch);

		make_record(d, w->owner, position);
		position += d->length;
		w->pieces[b->piece_count++] = buf_str(&d->head);
		w->pieces[b->piece_count++] = buf_str(&d->content);
	}
}

/* Tells every sender, and first the owner of the writer of what is committed. */
static void
finish(struct journal_writer *w, struct batch *b, int result)
{
	struct list *it;

	while ((it = list_take_first(&b->drafts)) != NULL) {
		struct draft *d = CONTAINER_OF(it, struct draft, in_batch);

		d->result = result;
		if (result == 0) {
			w->end = d->position + d->length;
			w->messages++;
			if (w->options.committed != NULL)
				w->options.committed(w->options.context, queue_id_str(&w->name),
				    d->position, d->length);
		}
		cond_signal(&d->done);
		draft_free(d);
	}
}

static void
fail(struct journal_writer *w, struct batch *b, int error)
{
	struct why why;

	why_set(&why, "journal segment %s: %s: %u messages were put off", w->name.text,
	    err_text(error), b->count);
	if (w->options.failed != NULL)
		w->options.failed(w->options.context, error, why.text);
	end_segment(w);
	finish(w, b, room_error(error));
}

PARKS static void
write_batch(struct journal_writer *w)
{
	struct batch b;
	int result = 0;

	take_batch(w, &b);
	if (is_over(w))
		end_segment(w);
	w->rotate = false;
	if (w->fd < 0)
		result = begin_segment(w);
	if (result == 0) {
		lay_out(w, &b);
		result = offload(commit, &b);
		w->batches++;
	}
	if (result == 0)
		finish(w, &b, 0);
	else
		fail(w, &b, result);
}

/* --- The writer's task ----------------------------------------------------------------------- */

static bool
is_worth_waiting(const struct journal_writer *w)
{
	return !w->closing && w->expected >= GATHER_FROM && w->gathered < BATCH_MESSAGES &&
	       w->gathered < w->expected - w->expected / 4 && run_now() >= w->no_gather;
}

/* Lets other tasks bring their drafts; then, where several are on their way, waits for them. */
PARKS static void
gather(struct journal_writer *w)
{
	int64_t deadline = run_deadline(w->options.gather_max);
	int result = task_yield();

	while (result == 0 && is_worth_waiting(w))
		result = cond_wait(&w->work, deadline);
	if (result == ERR_TIMEOUT && w->gathered < GATHER_FROM)
		w->no_gather = run_deadline(GATHER_PAUSE);
}

PARKS static void
run_writer(void *arg)
{
	struct journal_writer *w = arg;

	for (;;) {
		if (!list_is_empty(&w->gathering)) {
			gather(w);
			write_batch(w);
		} else if (w->closing) {
			break;
		} else if (w->rotate) {
			end_segment(w);
			w->rotate = false;
		} else if (cond_wait(&w->work, TICKS_NEVER) == ERR_CANCELLED) {
			w->closing = true;
		}
	}
	end_segment(w);
}

/* --- Public ---------------------------------------------------------------------------------- */

int
journal_writer_open(struct journal_writer *w, const struct journal_writer_options *o)
{
	int result;

	*w = (struct journal_writer){ .options = *o, .fd = -1 };
	if (w->options.segment_size == 0)
		w->options.segment_size = SEGMENT_SIZE;
	if (w->options.segment_age == 0)
		w->options.segment_age = SEGMENT_AGE;
	if (w->options.gather_max == 0)
		w->options.gather_max = GATHER_MAX;
	w->pieces = mem_array((size_t)BATCH_MESSAGES * PIECES, sizeof(*w->pieces));
	list_init(&w->gathering);
	cond_init(&w->work);
	group_init(&w->tasks);
	result = task_start(&w->tasks, "journal", run_writer, w);
	if (result < 0)
		mem_free(w->pieces);
	return result;
}

void
journal_writer_close(struct journal_writer *w)
{
	w->closing = true;
	cond_signal(&w->work);
	if (group_wait(&w->tasks, TICKS_NEVER) < 0)
		group_end(&w->tasks);
	mem_free(w->pieces);
	w->pieces = NULL;
}

int
journal_append(struct journal_writer *w, struct draft *d, struct why *why)
{
	int result;

	BUG_ON(w->closing || !journal_takes(d->envelope.n, d->content.n));
	d->users++;
	list_append(&w->gathering, &d->in_batch);
	w->gathered++;
	FAULT_POINT("spool.appended");
	cond_signal(&w->work);
	while (d->result == PENDING) {
		result = cond_wait(&d->done, TICKS_NEVER);
		if (result < 0) {
			draft_free(d);
			why_set(why, "the wait for the commit was cancelled");
			return result;
		}
	}
	result = d->result;
	draft_free(d);
	if (result < 0)
		why_set(why, "the spool could not store the message: %s", err_text(result));
	return result;
}

void
journal_expect(struct journal_writer *w, int change)
{
	BUG_ON(change < 0 && w->expected < (unsigned)-change);
	w->expected += (unsigned)change;
	cond_signal(&w->work);
}

void
journal_rotate(struct journal_writer *w)
{
	w->rotate = true;
	cond_signal(&w->work);
}
