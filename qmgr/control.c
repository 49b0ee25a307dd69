/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An order waits until a recovery has been through the spool: "all" shall be all, and who is told that
 * there is no such message may rely on it. It is answered when the disk has followed.
 */
#include "qmgr/control.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "qmgr/agent.h"
#include "qmgr/keep.h"
#include "qmgr/progress.h"
#include "qmgr/recovery.h"
#include "qmgr/show.h"
#include "qmgr/snapshot.h"

#define SEND_MAX  (5 * TICKS_MINUTE)
#define KEEP_MAX  TICKS_HOUR
#define ARENA_CAP ((size_t)1024 * 1024)

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
	case QUEUE_ACTION_REQUEUE:
		return "requeued";
	case QUEUE_ACTION_EXPIRE:
		return "expired";
	default:
		return NULL; /* its next attempt says enough */
	}
}

/* Whether the order means something to a message in this state. */
static bool
applies(const struct message *m, uint32_t action)
{
	if (m->requeue)
		return false; /* it is as good as gone */
	switch (action) {
	case QUEUE_ACTION_HOLD:
		return !m->wants_hold;
	case QUEUE_ACTION_RELEASE:
		return m->wants_hold;
	case QUEUE_ACTION_DELETE:
	case QUEUE_ACTION_REQUEUE:
		return true;
	case QUEUE_ACTION_EXPIRE:
		return !m->expire;
	default:
		return m->phase == MESSAGE_DEFERRED;
	}
}

static void
order(struct qmgr *q, struct message *m, uint32_t action)
{
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
	case QUEUE_ACTION_REQUEUE:
		progress_requeue(q, m);
		break;
	case QUEUE_ACTION_EXPIRE:
		progress_expire(q, m);
		break;
	default:
		progress_flush(q, m);
		break;
	}
}

static bool
has_site(const struct message *m, struct str site)
{
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		const struct recipient *r = &m->recipients[i];

		if (r->state != RECIPIENT_DELIVERED && r->domain != NULL &&
		    str_equal_nocase(name_str(r->domain), site))
			return true;
	}
	return false;
}

static bool
is_meant(const struct message *m, const struct message_queue_action *a)
{
	return (a->queue_name.n == 0 || str_equal(a->queue_name, str_of(message_queue_name(m)))) &&
	       (a->site.n == 0 || has_site(m, a->site)) && applies(m, a->action);
}

/* Answers how many messages it was done to: 0 or 1. */
static unsigned
act_on(struct qmgr *q, struct message *m, const struct message_queue_action *a)
{
	const char *word = action_word(a->action);

	if (!is_meant(m, a))
		return 0;
	if (word != NULL)
		log_event(EVENT_QUEUE_ACTION, F_STR(queue_id, queue_id_str(&m->id)),
		    F_STR(action, str_of(word)));
	order(q, m, a->action);
	return 1;
}

PARKS static int
act_on_all(struct qmgr *q, const struct message_queue_action *a, uint64_t *count)
{
	struct snapshot s;
	struct message *m;
	int result = snapshot_take(&s, q);

	if (result < 0)
		return result;
	while ((result = snapshot_next(&s, q, &m)) > 0)
		*count += act_on(q, m, a);
	snapshot_drop(&s);
	return result;
}

static void
act_on_named(struct qmgr *q, const struct message_queue_action *a, struct arena *arena,
    struct message_queue_done *done)
{
	done->unknown = ARENA_ARRAY(arena, struct message_queue_ref, a->ids_count);
	for (uint32_t i = 0; i < a->ids_count; i++) {
		struct message *m = snapshot_find(q, a->ids[i].id);

		if (m != NULL)
			done->count += act_on(q, m, a);
		else
			done->unknown[done->unknown_count++] = a->ids[i];
	}
}

PARKS static int
act(struct qmgr *q, const struct message_queue_action *a, struct arena *arena,
    struct message_queue_done *done)
{
	int result = 0;

	if (a->action == QUEUE_ACTION_FLUSH)
		schedule_resume_all(&q->schedule);
	if (a->ids_count != 0)
		act_on_named(q, a, arena, done);
	else
		result = act_on_all(q, a, &done->count);
	agent_pump_all(q);
	if (result == 0)
		result = keep_wait(q, run_deadline(KEEP_MAX));
	if (result == ERR_TIMEOUT)
		done->text = STR("ordered; the disk is slow to follow");
	return result == ERR_TIMEOUT ? 0 : result;
}

/* --- Requests ---------------------------------------------------------------------------------- */

PARKS static int
deny(struct channel *c, uint32_t request, const char *what)
{
	const struct message_failed failed = { .text = str_of(what) };

	return channel_send_failed(c, request, &failed, run_deadline(SEND_MAX));
}

PARKS static int
take_action(struct qmgr *q, struct channel *c, const struct frame *frame,
    const struct control_rights *rights)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
	AUTO(buf) fields = BUF_INIT(FRAME_MAX);
	struct frame kept = *frame; /* its texts outlive the parks */
	struct message_queue_action a;
	struct message_queue_done done = { .count = 0 };
	int result = buf_add(&fields, frame->fields);

	kept.fields = buf_str(&fields);
	if (result == 0)
		result = message_decode_queue_action(&kept, &arena, &a);
	if (result < 0)
		return result;
	if (a.action < QUEUE_ACTION_HOLD || a.action > QUEUE_ACTION_EXPIRE)
		return deny(c, kept.request, "unknown action");
	if (a.action == QUEUE_ACTION_FLUSH ? !rights->flush : !rights->act)
		return deny(c, kept.request,
		    a.action == QUEUE_ACTION_FLUSH
		        ? "not allowed to flush the mail queue (authorized_flush_users)"
		        : "only root and the mail owner may change the queue");
	result = recovery_wait(q, run_deadline(KEEP_MAX));
	if (result == 0)
		result = act(q, &a, &arena, &done);
	if (result < 0)
		return result;
	return channel_send_queue_done(c, kept.request, &done, run_deadline(SEND_MAX));
}

PARKS static int
take_list(struct qmgr *q, struct channel *c, uint32_t request, const struct control_rights *rights)
{
	if (!rights->list)
		return deny(
		    c, request, "not allowed to view the mail queue (authorized_mailq_users)");
	return show_queue(q, c, request);
}

void
control_serve(struct qmgr *q, struct channel *c, const struct control_rights *rights)
{
	struct frame frame;
	int result;

	do {
		result = channel_receive(c, &frame, TICKS_NEVER);
		if (result < 0)
			break;
		if (frame.number == MESSAGE_NUMBER_queue_list)
			result = take_list(q, c, frame.request, rights);
		else if (frame.number == MESSAGE_NUMBER_queue_action)
			result = take_action(q, c, &frame, rights);
		else
			result = ERR_PROTOCOL;
	} while (result == 0);
	if (result != ERR_EOF && result != ERR_CANCELLED)
		log_warning("commands from %s: %s", c->peer, err_text(result));
}
