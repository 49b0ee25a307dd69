/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A notice names a record; the envelope is read from the segment, through the page cache, where it
 * lies since the moment before. So a notice is small, and what is queued is what is on disk.
 */
#include "qmgr/intake.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/spool/message_file.h"
#include "lib/sys/fault.h"
#include "lib/sys/log.h"
#include "qmgr/keep.h"
#include "qmgr/progress.h"
#include "qmgr/recovery.h"

#define ARENA_CAP ((size_t)256 * 1024 * 1024)
#define OPEN_MAX  8 /* segments a worker has open at once: one, and those it has just closed */

struct intake {
	struct qmgr *qmgr;
	struct channel *channel;
	struct arena arena;
	struct queue_id open[OPEN_MAX]; /* announced, not closed */
	unsigned open_count;
};

/* --- The worker's open segments --------------------------------------------------------------- */

static void
remember(struct intake *in, const struct queue_id *segment)
{
	for (unsigned i = 0; i < in->open_count; i++) {
		if (str_equal(queue_id_str(&in->open[i]), queue_id_str(segment)))
			return;
	}
	if (in->open_count == OPEN_MAX) {
		recovery_adopt(in->qmgr, &in->open[0]);
		in->open[0] = in->open[--in->open_count];
	}
	in->open[in->open_count++] = *segment;
}

static void
forget(struct intake *in, const struct queue_id *segment)
{
	for (unsigned i = 0; i < in->open_count; i++) {
		if (str_equal(queue_id_str(&in->open[i]), queue_id_str(segment))) {
			in->open[i] = in->open[--in->open_count];
			return;
		}
	}
}

/* --- Notices ---------------------------------------------------------------------------------- */

static void
enter_record(struct intake *in, struct segment *segment, const struct message_stored_record *r)
{
	struct qmgr *q = in->qmgr;
	struct stored stored;
	struct message *m;
	int result;

	result = segment_read(segment, r->offset, r->length, &in->arena, &stored, NULL);
	if (result < 0) {
		log_error("journal segment %s, offset %llu: %s; trying again", segment->name.text,
		    (unsigned long long)r->offset, err_text(result));
		recovery_adopt_record(q, &segment->name, r->offset, r->length);
		return;
	}
	if (queue_find(&q->queue, queue_id_str(&stored.id)) != NULL ||
	    segment_is_done(segment, r->offset))
		return; /* recovery was faster */
	m = message_new(&stored, &q->queue.names);
	m->segment = segment;
	m->position = r->offset;
	m->length = (uint32_t)r->length;
	progress_enter(q, m);
}

static int
take_record(struct intake *in, const struct frame *frame)
{
	struct message_stored_record r;
	struct queue_id name;
	struct segment *segment;
	int result = message_decode_stored_record(frame, NULL, &r);

	if (result < 0 || queue_id_parse(r.segment, &name) < 0)
		return ERR_PROTOCOL;
	result = journal_open_segment(&in->qmgr->journal, r.segment, &segment);
	if (result < 0) {
		log_error("journal segment %s: %s; trying again", name.text, err_text(result));
		recovery_adopt_record(in->qmgr, &name, r.offset, r.length);
		return 0;
	}
	remember(in, &segment->name);
	enter_record(in, segment, &r);
	segment_announced(segment, r.offset, r.length);
	FAULT_POINT("qmgr.notified");
	return 0;
}

PARKS static int
take_file(struct intake *in, const struct frame *frame)
{
	struct qmgr *q = in->qmgr;
	struct message_stored_file f;
	struct queue_id id;
	struct stored stored;
	struct why why;
	int result = message_decode_stored_file(frame, NULL, &f);

	if (result < 0 || queue_id_parse(f.queue_id, &id) < 0)
		return ERR_PROTOCOL;
	FAULT_POINT("qmgr.notified");
	result = message_load(SPOOL_INCOMING, &id, &in->arena, &stored, &why);
	if (result == ERR_CANCELLED)
		return result;
	if (queue_find(&q->queue, queue_id_str(&id)) != NULL)
		return 0; /* recovery was faster */
	if (result < 0) {
		if (result != -ENOENT) {
			log_error("%s; trying again", why.text);
			recovery_adopt_file(q, &id);
		}
		return 0;
	}
	progress_enter(q, message_new(&stored, &q->queue.names));
	return 0;
}

static int
take_closed(struct intake *in, const struct frame *frame)
{
	struct message_segment_closed closed;
	struct segment *segment;
	struct queue_id name;
	int result = message_decode_segment_closed(frame, NULL, &closed);

	if (result < 0 || queue_id_parse(closed.segment, &name) < 0)
		return ERR_PROTOCOL;
	forget(in, &name);
	segment = journal_find_segment(&in->qmgr->journal, closed.segment);
	if (segment == NULL || !segment_closed(segment, closed.length))
		recovery_adopt(in->qmgr, &name);
	keep_marks(in->qmgr); /* it may be over */
	return 0;
}

PARKS static int
take_notice(struct intake *in, const struct frame *frame)
{
	arena_drop(&in->arena);
	switch (frame->number) {
	case MESSAGE_NUMBER_stored_record:
		return take_record(in, frame);
	case MESSAGE_NUMBER_stored_file:
		return take_file(in, frame);
	case MESSAGE_NUMBER_segment_closed:
		return take_closed(in, frame);
	default:
		return ERR_PROTOCOL;
	}
}

void
intake_serve(struct qmgr *q, struct channel *c)
{
	struct intake in = { .qmgr = q, .channel = c, .arena = ARENA_INIT(ARENA_CAP) };
	struct frame frame;
	int result;

	do {
		result = channel_receive(c, &frame, TICKS_NEVER);
		if (result == 0)
			result = take_notice(&in, &frame);
	} while (result == 0);
	if (result != ERR_EOF && result != ERR_CANCELLED)
		log_warning("notices from %s: %s", c->peer, err_text(result));
	arena_drop(&in.arena);
	for (unsigned i = 0; i < in.open_count; i++)
		recovery_adopt(q, &in.open[i]);
}
