/* SPDX-License-Identifier: BSD-2-Clause */
/* Each step makes one thing true on disk, and then in the message; between them the message is whole. */
#include "qmgr/step.h"

#include "lib/base/err.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/spool/message_file.h"
#include "lib/spool/requeue.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "qmgr/keep.h"
#include "qmgr/notes.h"
#include "qmgr/progress.h"

#define ARENA_CAP ((size_t)256 * 1024 * 1024)

enum spool_queue
step_queue(const struct message *m)
{
	if (m->phase == MESSAGE_HELD)
		return SPOOL_HOLD;
	if (m->phase == MESSAGE_DEFERRED || m->queue == SPOOL_HOLD)
		return SPOOL_DEFERRED;
	if (m->queue == SPOOL_JOURNAL && m->settle)
		return SPOOL_DEFERRED;
	return m->queue;
}

/* What was noted, to be written now; the message's list is empty until it is put back (K3). */
static struct notes *
take_notes(struct message *m, struct history *out)
{
	struct notes *notes = m->notes;

	m->notes = NULL;
	m->settle = false;
	*out = (struct history){ .written = run_wall(), .next = run_wall() };
	out->flags = m->expire ? HISTORY_EXPIRE : 0;
	if (m->phase == MESSAGE_DEFERRED)
		out->next = m->next;
	notes_list(notes, out);
	return notes;
}

static void
notes_written(struct message *m, struct notes *notes, const struct history *h, int result)
{
	if (result == 0)
		m->expire_kept = (h->flags & HISTORY_EXPIRE) != 0;
	if (result < 0) {
		notes_put_back(&m->notes, notes);
		m->settle = true;
	} else {
		notes_free(notes);
	}
}

PARKS static int
promote(struct qmgr *q, struct message *m, struct arena *arena, struct why *why)
{
	struct segment *segment = m->segment;
	enum spool_queue queue = step_queue(m);
	struct history history;
	struct stored stored;
	struct notes *notes;
	int result;

	result = segment_read(segment, m->position, m->length, arena, &stored, NULL);
	if (result < 0) {
		why_set(why, "message %s in the journal cannot be read: %s", m->id.text,
		    err_text(result));
		return result;
	}
	notes = take_notes(m, &history);
	result = message_promote(segment, &stored, queue, &history, why);
	notes_written(m, notes, &history, result);
	if (result < 0)
		return result;
	FAULT_POINT("qmgr.promoted");
	m->queue = (uint8_t)stored.queue;
	m->segment = NULL;
	segment_done(segment, m->position);
	keep_marks(q);
	return 0;
}

PARKS static int
update(struct message *m, struct arena *arena, struct why *why)
{
	enum spool_queue queue;
	struct history history;
	struct stored stored;
	struct notes *notes;
	bool is_final;
	int result = message_load(m->queue, &m->id, arena, &stored, why);

	if (result < 0)
		return result;
	queue = step_queue(m);
	notes = take_notes(m, &history);
	is_final = notes_are_final(notes) || queue != stored.queue || m->expire != m->expire_kept;
	result = message_update(&stored, &history, queue, is_final, why);
	notes_written(m, notes, &history, result);
	m->queue = (uint8_t)stored.queue;
	return result;
}

PARKS static int
move(struct message *m, struct arena *arena, struct why *why)
{
	struct stored stored;
	int result = message_load(m->queue, &m->id, arena, &stored, why);

	if (result < 0)
		return result;
	result = message_move(&stored, step_queue(m), why);
	m->queue = (uint8_t)stored.queue;
	return result;
}

struct requeue_job {
	const struct stored *message;
	int fd;
	bool *done;
	struct why *why;
};

static int
write_requeued(void *arg)
{
	const struct requeue_job *job = arg;

	return requeue_write(job->message, job->fd, job->done, job->why);
}

/* *fd is to be closed, but of a segment. Which recipients are done is in memory. */
PARKS static int
open_content(
    struct message *m, struct arena *arena, struct stored *stored, int *fd, struct why *why)
{
	int result;

	if (m->queue == SPOOL_JOURNAL) {
		*fd = m->segment->fd;
		result = segment_read(m->segment, m->position, m->length, arena, stored, NULL);
		if (result < 0)
			why_set(why, "message %s in the journal cannot be read: %s", m->id.text,
			    err_text(result));
		return result;
	}
	result = message_load(m->queue, &m->id, arena, stored, why);
	return result < 0 ? result : message_open(stored, false, fd, why);
}

PARKS static int
requeue(struct qmgr *q, struct message *m, struct arena *arena, struct why *why)
{
	struct stored stored;
	struct requeue_job job = {
		.message = &stored,
		.done = ARENA_ARRAY(arena, bool, m->recipient_count + 1),
		.why = why,
	};
	int result = open_content(m, arena, &stored, &job.fd, why);

	if (result < 0)
		return result;
	for (uint32_t i = 0; i < m->recipient_count; i++)
		job.done[i] = m->recipients[i].state == RECIPIENT_DELIVERED;
	result = offload(write_requeued, &job);
	if (m->queue != SPOOL_JOURNAL)
		sys_close(job.fd);
	if (result < 0)
		return result;
	FAULT_POINT("qmgr.requeued");
	progress_requeued(q, m);
	return 0;
}

PARKS static int
remove_message(struct qmgr *q, struct message *m, struct why *why)
{
	int result;

	if (m->queue == SPOOL_JOURNAL) {
		keep_done(q, m);
		return 0;
	}
	result = message_remove(&q->journal, m->queue, &m->id, why);
	if (result < 0)
		return result;
	FAULT_POINT("qmgr.unlinked");
	queue_removed(&q->queue, m);
	keep_dirty(q);
	return 0;
}

int
step_take(struct qmgr *q, struct message *m, enum step step, struct why *why)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);

	switch (step) {
	case STEP_PROMOTE:
		return promote(q, m, &arena, why);
	case STEP_UPDATE:
		return update(m, &arena, why);
	case STEP_MOVE:
		return move(m, &arena, why);
	case STEP_REQUEUE:
		return requeue(q, m, &arena, why);
	case STEP_REMOVE:
		return remove_message(q, m, why);
	default:
		return 0;
	}
}
