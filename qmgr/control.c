/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * While a long list is sent, the queue changes. So the ids are copied first, 17 bytes each, sorted by
 * time on a thread, and each message is looked up again when its turn comes; one that went meanwhile
 * is left out. A consistent picture would have to stop the queue, or to copy it.
 *
 * An order waits until a recovery has been through the spool: "all" shall be all, and who is told that
 * there is no such message may rely on it.
 */
#include "qmgr/control.h"

#include <stdlib.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "qmgr/agent.h"
#include "qmgr/keep.h"
#include "qmgr/progress.h"
#include "qmgr/recovery.h"

#define SEND_MAX   (5 * TICKS_MINUTE)
#define KEEP_MAX   TICKS_HOUR
#define LIST_WAIT  (5 * TICKS_SECOND) /* for a recovery; then the list is of what was found */
#define YIELD_EACH 256u
#define ARENA_CAP  ((size_t)512 * 1024 * 1024)

/* --- Going through the queue ------------------------------------------------------------------ */

struct ids {
	struct queue_id *all;
	size_t count;
};

static int
compare_ids(const void *a, const void *b)
{
	const struct queue_id *x = a, *y = b;

	return str_compare(queue_id_str(x), queue_id_str(y));
}

static int
sort_ids(void *arg)
{
	struct ids *ids = arg;

	qsort(ids->all, ids->count, sizeof(*ids->all), compare_ids);
	return 0;
}

/* All that are queued now, the oldest first. Error: ERR_CANCELLED. */
PARKS static int
copy_ids(const struct qmgr *q, struct ids *ids)
{
	struct map_cursor c = MAP_START;
	int result;

	ids->count = 0;
	ids->all = mem_array(q->queue.by_id.count + 1, sizeof(*ids->all));
	while (map_next(&q->queue.by_id, &c)) {
		const struct message *m = c.value;

		if (m->phase != MESSAGE_GONE)
			ids->all[ids->count++] = m->id;
	}
	result = offload(sort_ids, ids);
	if (result < 0)
		mem_free(ids->all);
	return result;
}

static struct message *
find_queued(const struct qmgr *q, struct str id)
{
	struct message *m = queue_find(&q->queue, id);

	return m != NULL && m->phase != MESSAGE_GONE ? m : NULL;
}

/* --- The list --------------------------------------------------------------------------------- */

static void
add_recipient(struct message_queue_entry *e, const struct message *m, const struct recipient *r,
    struct arena *arena)
{
	AUTO(buf) address = BUF_INIT(MESSAGE_ADDRESS_MAX);

	message_address(m, r, &address);
	e->recipients[e->recipients_count++] = (struct message_queue_recipient){
		.address = arena_str(arena, buf_str(&address)),
		.reason = arena_str(arena, name_str(r->reason)),
	};
}

/* A copy: the message may be gone before the channel has room for it. */
static struct message_queue_entry
make_entry(const struct message *m, struct arena *arena)
{
	struct message_queue_entry e = {
		.queue_name = str_of(message_queue_name(m)),
		.queue_id = arena_str(arena, queue_id_str(&m->id)),
		.arrival = m->arrival,
		.size = m->size,
		.sender = arena_str(arena, message_sender(m)),
		.recipients =
		    ARENA_ARRAY(arena, struct message_queue_recipient, m->recipient_count + 1),
	};

	for (uint32_t i = 0; i < m->recipient_count; i++) {
		if (m->recipients[i].state != RECIPIENT_DELIVERED)
			add_recipient(&e, m, &m->recipients[i], arena);
	}
	return e;
}

PARKS static int
send_entry(struct channel *c, uint32_t request, const struct message *m)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
	const struct message_queue_entry e = make_entry(m, &arena);

	return channel_send_queue_entry(c, request, &e, run_deadline(SEND_MAX));
}

PARKS static int
list_all(struct qmgr *q, struct channel *c, uint32_t request)
{
	struct message_queue_end end = { .count = 0 };
	struct ids ids;
	int result = recovery_wait(q, run_deadline(LIST_WAIT));

	if (result == 0 || result == ERR_TIMEOUT)
		result = copy_ids(q, &ids);
	if (result < 0)
		return result;
	for (size_t i = 0; i < ids.count && result == 0; i++) {
		const struct message *m = find_queued(q, queue_id_str(&ids.all[i]));

		if (m == NULL)
			continue;
		end.count++;
		end.size += m->size;
		result = send_entry(c, request, m);
		if (result == 0 && i % YIELD_EACH == YIELD_EACH - 1)
			result = task_yield();
	}
	mem_free(ids.all);
	if (result == 0)
		result = channel_send_queue_end(c, request, &end, run_deadline(SEND_MAX));
	return result;
}

/* --- Orders ------------------------------------------------------------------------------------ */

static const char *
action_word(uint32_t action)
{
	switch (action) {
	case QUEUE_ACTION_HOLD:
		return "placed on hold";
	case QUEUE_ACTION_RELEASE:
		return "released from hold";
	case QUEUE_ACTION_DELETE:
		return "deleted by an administrator";
	default:
		return NULL; /* its next attempt says enough */
	}
}

/* Whether the order means something to a message in this state. */
static bool
applies(const struct message *m, uint32_t action)
{
	switch (action) {
	case QUEUE_ACTION_HOLD:
		return !m->wants_hold;
	case QUEUE_ACTION_RELEASE:
		return m->wants_hold;
	case QUEUE_ACTION_DELETE:
		return true;
	default:
		return m->phase == MESSAGE_DEFERRED;
	}
}

/* Answers how many messages it was done to: 0 or 1. */
static unsigned
act_on(struct qmgr *q, struct message *m, uint32_t action)
{
	const char *word = action_word(action);

	if (!applies(m, action))
		return 0;
	if (word != NULL)
		log_event(EVENT_QUEUE_ACTION, F_STR(queue_id, queue_id_str(&m->id)),
		    F_STR(action, str_of(word)));
	switch (action) {
	case QUEUE_ACTION_HOLD:
		progress_hold(q, m);
		break;
	case QUEUE_ACTION_RELEASE:
		progress_release(q, m);
		break;
	case QUEUE_ACTION_DELETE:
		progress_delete(q, m);
		break;
	default:
		progress_flush(q, m);
		break;
	}
	return 1;
}

PARKS static int
act_on_all(struct qmgr *q, const struct message_queue_action *a, uint64_t *count)
{
	struct ids ids;
	int result = copy_ids(q, &ids);

	if (result < 0)
		return result;
	for (size_t i = 0; i < ids.count && result == 0; i++) {
		struct message *m = find_queued(q, queue_id_str(&ids.all[i]));

		if (m == NULL)
			continue;
		if (a->queue_name.n == 0 || str_equal(a->queue_name, str_of(message_queue_name(m))))
			*count += act_on(q, m, a->action);
		if (i % YIELD_EACH == YIELD_EACH - 1)
			result = task_yield();
	}
	mem_free(ids.all);
	return result;
}

PARKS static int
act(struct qmgr *q, const struct message_queue_action *a, struct message_queue_done *done)
{
	struct message *m;
	int result = recovery_wait(q, run_deadline(KEEP_MAX));

	if (result < 0)
		return result;
	if (a->action == QUEUE_ACTION_FLUSH)
		schedule_resume_all(&q->schedule);
	if (str_equal(a->queue_id, STR("ALL"))) {
		result = act_on_all(q, a, &done->count);
	} else {
		m = find_queued(q, a->queue_id);
		if (m == NULL)
			done->text = STR("no such message");
		else
			done->count = act_on(q, m, a->action);
	}
	agent_pump_all(q);
	return result == 0 ? keep_wait(q, run_deadline(KEEP_MAX)) : result;
}

PARKS static int
take_action(struct qmgr *q, struct channel *c, const struct frame *frame, bool may_act)
{
	struct message_queue_action a;
	struct message_queue_done done = { .count = 0 };
	int result = message_decode_queue_action(frame, NULL, &a);

	if (result < 0)
		return result;
	if (!may_act)
		done.text = STR("only root and the mail owner may change the queue");
	else if (a.action < QUEUE_ACTION_HOLD || a.action > QUEUE_ACTION_FLUSH)
		done.text = STR("unknown action");
	else
		result = act(q, &a, &done);
	if (result == ERR_TIMEOUT)
		done.text = STR("ordered; the disk is slow to follow");
	else if (result < 0)
		return result;
	return channel_send_queue_done(c, frame->request, &done, run_deadline(SEND_MAX));
}

void
control_serve(struct qmgr *q, struct channel *c, bool may_act)
{
	struct frame frame;
	int result;

	do {
		result = channel_receive(c, &frame, TICKS_NEVER);
		if (result < 0)
			break;
		if (frame.number == MESSAGE_NUMBER_queue_list)
			result = list_all(q, c, frame.request);
		else if (frame.number == MESSAGE_NUMBER_queue_action)
			result = take_action(q, c, &frame, may_act);
		else
			result = ERR_PROTOCOL;
	} while (result == 0);
	if (result != ERR_EOF && result != ERR_CANCELLED)
		log_warning("commands from %s: %s", c->peer, err_text(result));
}
