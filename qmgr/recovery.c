/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same function takes in a message whether it was found at start, in a dead worker's segment, or in
 * a segment that was open while we were restarted; who was told of it already is recognised by its
 * id. So a scan may run at any time, and once more (S23).
 */
#include "qmgr/recovery.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/spool/recover.h"
#include "lib/sys/log.h"
#include "qmgr/keep.h"
#include "qmgr/progress.h"

#define LOOK_AGAIN  TICKS_SECOND /* at a segment that is still written to */
#define AGAIN_LEAST TICKS_MINUTE /* at what could not be read */
#define AGAIN_MOST  TICKS_HOUR

#define ARENA_CAP ((size_t)256 * 1024 * 1024)

enum orphan_kind {
	ORPHAN_SEGMENT, /* whose writer is gone */
	ORPHAN_RECORD,  /* that could not be read when we were told of it */
	ORPHAN_FILE,    /* likewise */
};

struct orphan {
	struct list link;
	enum orphan_kind kind;
	struct queue_id id; /* of the segment or file */
	uint64_t position;  /* of the record */
	uint64_t length;
	bool said; /* that it cannot be read */
};

/* --- What was found --------------------------------------------------------------------------- */

static void
enter_found(struct qmgr *q, const struct found *f)
{
	struct message *m = queue_find(&q->queue, queue_id_str(&f->message.id));

	if (m != NULL) {
		/* S15: it was promoted, and only the mark is missing. */
		if (f->segment != NULL && m->queue != SPOOL_JOURNAL &&
		    !segment_is_done(f->segment, f->position)) {
			segment_done(f->segment, f->position);
			keep_marks(q);
		}
		return;
	}
	if (f->segment != NULL && segment_is_done(f->segment, f->position))
		return;
	m = message_new(&f->message, &q->queue.names);
	m->segment = f->segment;
	m->position = f->position;
	m->length = (uint32_t)f->length;
	progress_enter(q, m);
}

/* True: something is there that could not be read. */
static bool
take_found(struct qmgr *q, const struct found *f)
{
	switch (f->kind) {
	case FOUND_MESSAGE:
		enter_found(q, f);
		return false;
	case FOUND_DAMAGED:
		log_event(EVENT_CORRUPT, F_STR(path, str_of(f->path)),
		    F_STR(text, str_of(f->why.text)), F_STR(destination, str_of(f->destination)));
		return false;
	case FOUND_UNREADABLE:
		if (!task_is_cancelled()) /* else it was not read because we end */
			log_error("%s: %s", f->path, f->why.text);
		return true;
	case FOUND_LIVE:
		recovery_adopt(q, &f->segment->name);
		return false;
	case FOUND_SCANNED:
		keep_marks(q); /* it may be over */
		if (f->count > 0)
			log_event(
			    EVENT_RECOVERED, F_NUM(count, f->count), F_STR(path, str_of(f->path)));
		return false;
	case FOUND_STALE:
		log_info("%s: %s", f->path, f->why.text);
		return false;
	}
	return false;
}

/* 0: all was read; 1: not all; ERR_CANCELLED. */
PARKS static int
run_through(struct qmgr *q, struct recover *r)
{
	struct found f;
	bool unreadable = false, said = false;
	int result;

	while ((result = recover_next(r, &f)) != 0) {
		if (result == 1) {
			unreadable = take_found(q, &f) || unreadable;
			continue;
		}
		if (result != ERR_CANCELLED && !said)
			log_error("recovery: %s; trying again each second", err_text(result));
		said = true;
		if (result == ERR_CANCELLED || task_sleep(run_deadline(TICKS_SECOND)) < 0)
			return ERR_CANCELLED;
	}
	return unreadable;
}

/* --- At start --------------------------------------------------------------------------------- */

PARKS static void
run_recovery(void *arg)
{
	struct qmgr *q = arg;
	struct recover r;
	int64_t pause = AGAIN_LEAST;
	int result;

	do {
		recover_open(&r, &q->journal);
		result = run_through(q, &r);
		recover_close(&r);
		q->recovered = true;
		cond_broadcast(&q->recovery_ended);
		if (result == 1)
			result = task_sleep(run_deadline(pause)) < 0 ? ERR_CANCELLED : 1;
		pause = ticks_min(2 * pause, AGAIN_MOST);
	} while (result == 1);
}

int
recovery_wait(struct qmgr *q, int64_t deadline)
{
	return q->recovered ? 0 : cond_wait(&q->recovery_ended, deadline);
}

/* --- What nobody tells of any more ------------------------------------------------------------ */

static bool
is_same(const struct orphan *a, const struct orphan *b)
{
	return a->kind == b->kind && a->position == b->position &&
	       str_equal(queue_id_str(&a->id), queue_id_str(&b->id));
}

static void
adopt(struct qmgr *q, const struct orphan *which)
{
	struct orphan *o;

	LIST_EACH (it, &q->orphans) {
		if (is_same(CONTAINER_OF(it, struct orphan, link), which))
			return;
	}
	o = NEW(struct orphan);
	*o = *which;
	list_append(&q->orphans, &o->link);
	cond_signal(&q->orphan_came);
}

void
recovery_adopt(struct qmgr *q, const struct queue_id *segment)
{
	adopt(q, &(struct orphan){ .kind = ORPHAN_SEGMENT, .id = *segment });
}

void
recovery_adopt_record(
    struct qmgr *q, const struct queue_id *segment, uint64_t position, uint64_t length)
{
	const struct orphan o = {
		.kind = ORPHAN_RECORD, .id = *segment, .position = position, .length = length
	};

	adopt(q, &o);
}

void
recovery_adopt_file(struct qmgr *q, const struct queue_id *id)
{
	adopt(q, &(struct orphan){ .kind = ORPHAN_FILE, .id = *id });
}

static void
complain(struct orphan *o, const char *words)
{
	if (!o->said)
		log_error("%s; trying again", words);
	o->said = true;
}

/* Answers 0: it needs no further look. */
PARKS static int
bury(const struct queue_id *id, const struct why *damage)
{
	char from[SPOOL_PATH_MAX], to[SPOOL_PATH_MAX];
	struct why why;

	spool_message_path(SPOOL_INCOMING, id, from);
	if (message_quarantine(SPOOL_INCOMING, id, to, &why) < 0)
		log_error("%s; %s", damage->text, why.text);
	else
		log_event(EVENT_CORRUPT, F_STR(path, str_of(from)),
		    F_STR(text, str_of(damage->text)), F_STR(destination, str_of(to)));
	return 0;
}

/* 0: it needs no further look; 1: later; ERR_CANCELLED. */
PARKS static int
load_orphan(struct qmgr *q, struct orphan *o)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
	struct stored stored;
	struct why why;
	int result = message_load(SPOOL_INCOMING, &o->id, &arena, &stored, &why);

	if (result == ERR_CANCELLED)
		return result;
	if (result == -ENOENT || queue_find(&q->queue, queue_id_str(&o->id)) != NULL)
		return 0;
	if (result == ERR_CORRUPT)
		return bury(&o->id, &why);
	if (result < 0) {
		complain(o, why.text);
		return 1;
	}
	progress_enter(q, message_new(&stored, &q->queue.names));
	return 0;
}

/*
 * As load_orphan. By itself, since its segment may stay open for long; but what is damaged is left to
 * the scan of the segment, which saves the bytes.
 */
static int
read_orphan(struct qmgr *q, struct orphan *o)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
	struct found f = { .kind = FOUND_MESSAGE, .position = o->position, .length = o->length };
	int result = journal_open_segment(&q->journal, queue_id_str(&o->id), &f.segment);

	if (result == 0)
		result = segment_read(f.segment, o->position, o->length, &arena, &f.message, NULL);
	if (result == ERR_CORRUPT || result == ERR_UNSUPPORTED)
		o->kind = ORPHAN_SEGMENT;
	if (result < 0)
		return result != -ENOENT;
	enter_found(q, &f);
	return 0;
}

/* As load_orphan. */
PARKS static int
scan_orphan(struct qmgr *q, struct orphan *o)
{
	struct why why;
	struct segment *segment;
	struct recover r;
	int result = journal_open_segment(&q->journal, queue_id_str(&o->id), &segment);

	if (result == -ENOENT)
		return 0;
	if (result == 0)
		result = segment_is_live(segment);
	if (result < 0) {
		why_set(&why, "journal segment %s: %s", o->id.text, err_text(result));
		complain(o, why.text);
	}
	if (result != 0)
		return 1;
	recover_segment(&r, &q->journal, segment);
	result = run_through(q, &r);
	recover_close(&r);
	return result;
}

PARKS static int
look_at(struct qmgr *q, struct orphan *o)
{
	switch (o->kind) {
	case ORPHAN_RECORD:
		return read_orphan(q, o);
	case ORPHAN_FILE:
		return load_orphan(q, o);
	default:
		return scan_orphan(q, o);
	}
}

PARKS static void
run_orphans(void *arg)
{
	struct qmgr *q = arg;
	int result = 0;

	while (result != ERR_CANCELLED) {
		struct orphan *o;

		if (list_is_empty(&q->orphans)) {
			result = cond_wait(&q->orphan_came, TICKS_NEVER);
			continue;
		}
		o = CONTAINER_OF(q->orphans.next, struct orphan, link);
		result = look_at(q, o);
		list_remove(&o->link);
		if (result == 0) {
			mem_free(o);
		} else {
			list_append(&q->orphans, &o->link);
			result = task_sleep(run_deadline(LOOK_AGAIN));
		}
	}
}

int
recovery_start(struct qmgr *q)
{
	int result = task_start(&q->tasks, "recovery", run_recovery, q);

	return result == 0 ? task_start(&q->tasks, "orphans", run_orphans, q) : result;
}

void
recovery_drop(struct qmgr *q)
{
	struct list *link;

	while ((link = list_take_first(&q->orphans)) != NULL)
		mem_free(CONTAINER_OF(link, struct orphan, link));
}
