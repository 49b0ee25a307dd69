/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash table, a list and a wheel over the same messages. A directory scan on a timer, which this
 * replaces, costs with the length of the queue and answers only what the last scan saw.
 */
#include "qmgr/queue.h"

#include "lib/base/bug.h"
#include "lib/base/ticks.h"

#define GRAIN (100 * TICKS_MS)

void
queue_init(struct queue *q, int64_t now)
{
	*q = (struct queue){ .by_id = MAP_INIT, .names = NAMES_INIT };
	wheel_init(&q->wheel, GRAIN, now);
	list_init(&q->ready);
	list_init(&q->to_keep);
}

void
queue_drop(struct queue *q)
{
	struct map_cursor c = MAP_START;

	while (map_next(&q->by_id, &c)) {
		struct message *m = c.value;

		wheel_remove(&q->wheel, &m->timer);
		list_remove(&m->in_ready);
		list_remove(&m->in_keep);
		message_free(m, &q->names);
	}
	map_drop(&q->by_id);
	names_drop(&q->names);
}

struct message *
queue_find(const struct queue *q, struct str id)
{
	return map_find(&q->by_id, id);
}

void
queue_add(struct queue *q, struct message *m)
{
	BUG_ON(m->phase != MESSAGE_NEW);
	BUG_ON(map_put(&q->by_id, queue_id_str(&m->id), m) != NULL);
}

void
queue_forget(struct queue *q, struct message *m)
{
	wheel_remove(&q->wheel, &m->timer);
	list_remove(&m->in_ready);
	m->phase = MESSAGE_GONE;
}

void
queue_removed(struct queue *q, struct message *m)
{
	BUG_ON(m->phase != MESSAGE_GONE || m->removed);
	BUG_ON(map_remove(&q->by_id, queue_id_str(&m->id)) != m);
	m->removed = true;
}

void
queue_set_phase(struct queue *q, struct message *m, enum message_phase phase)
{
	BUG_ON(m->phase == MESSAGE_GONE || phase == MESSAGE_GONE);
	wheel_remove(&q->wheel, &m->timer);
	list_remove(&m->in_ready);
	m->phase = (uint8_t)phase;
	if (phase == MESSAGE_READY)
		list_append(&q->ready, &m->in_ready);
}

void
queue_set_timer(struct queue *q, struct message *m, int64_t due)
{
	wheel_remove(&q->wheel, &m->timer);
	wheel_add(&q->wheel, &m->timer, due);
}

const char *
message_queue_name(const struct message *m)
{
	switch (m->phase) {
	case MESSAGE_HELD:
		return "hold";
	case MESSAGE_DEFERRED:
		return "deferred";
	case MESSAGE_ACTIVE:
		return "active";
	default:
		return "incoming";
	}
}

void
queue_set_reason(struct queue *q, struct recipient *r, struct str reason)
{
	struct name *taken = names_take(&q->names, reason);

	names_give(&q->names, r->reason);
	r->reason = taken;
}
