/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * There are no acknowledgements: they would double the frames, and the spool knows better than any
 * memory of ours what is not done. A broken channel is the one event that matters, and it
 * is noticed at once by a task that only reads: were it noticed at the next message, those of before
 * could lie until somebody sends another.
 */
#include "cleanup/notifier.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/io/connect.h"
#include "lib/run/run.h"
#include "lib/sys/fault.h"
#include "lib/sys/log.h"

#define RECORDS_MAX      ((size_t)100000)
#define CONNECT_DEADLINE (10 * TICKS_SECOND)
#define SEND_DEADLINE    (60 * TICKS_SECOND)
#define PAUSE_FIRST      (100 * TICKS_MS)
#define PAUSE_MAX        (5 * TICKS_SECOND)
#define OUTAGE_MIN       (3 * TICKS_SECOND)

struct notice {
	struct list in_waiting;
	enum message_number number;
	struct queue_id name; /* of the segment, or of the message */
	uint64_t position;
	uint64_t length;
};

/* --- Giving notice --------------------------------------------------------------------------- */

static void
drop_records(struct notifier *n)
{
	LIST_EACH_SAFE (it, &n->waiting) {
		struct notice *notice = CONTAINER_OF(it, struct notice, in_waiting);

		if (notice->number != MESSAGE_NUMBER_stored_record)
			continue;
		list_remove(it);
		mem_free(notice);
		n->count--;
	}
	n->missed = true;
}

static void
add(struct notifier *n, const struct notice *what)
{
	struct notice *notice;

	if (n->count >= RECORDS_MAX)
		drop_records(n);
	notice = NEW(struct notice);
	*notice = *what;
	list_append(&n->waiting, &notice->in_waiting);
	n->count++;
	cond_signal(&n->work);
}

static struct queue_id
name_of(struct str text)
{
	struct queue_id name = { .text = "" };

	memcpy(name.text, text.p, text.n < QUEUE_ID_LENGTH ? text.n : QUEUE_ID_LENGTH);
	return name;
}

void
notify_record(struct notifier *n, struct str segment, uint64_t position, uint64_t length)
{
	add(n, &(struct notice){ .number = MESSAGE_NUMBER_stored_record,
	           .name = name_of(segment),
	           .position = position,
	           .length = length });
}

void
notify_segment_closed(struct notifier *n, struct str segment, uint64_t length)
{
	add(n, &(struct notice){ .number = MESSAGE_NUMBER_segment_closed,
	           .name = name_of(segment),
	           .length = length });
}

void
notify_file(struct notifier *n, const struct queue_id *id)
{
	add(n, &(struct notice){ .number = MESSAGE_NUMBER_stored_file, .name = *id });
}

/* --- One channel ----------------------------------------------------------------------------- */

struct conversation {
	struct notifier *notifier;
	struct channel channel;
};

PARKS static int
send_notice(struct channel *c, const struct notice *notice)
{
	struct str name = queue_id_str(&notice->name);
	int64_t deadline = run_deadline(SEND_DEADLINE);

	switch (notice->number) {
	case MESSAGE_NUMBER_stored_record:
		return channel_send_stored_record(c, 0,
		    &(struct message_stored_record){
		        .segment = name, .offset = notice->position, .length = notice->length },
		    deadline);
	case MESSAGE_NUMBER_segment_closed:
		return channel_send_segment_closed(c, 0,
		    &(struct message_segment_closed){ .segment = name, .length = notice->length },
		    deadline);
	default:
		return channel_send_stored_file(
		    c, 0, &(struct message_stored_file){ .queue_id = name }, deadline);
	}
}

/* Error: the channel is of no more use; the notice it failed with waits on. */
PARKS static int
send_waiting(struct notifier *n, struct channel *c)
{
	while (!list_is_empty(&n->waiting)) {
		struct notice *notice = CONTAINER_OF(n->waiting.next, struct notice, in_waiting);
		int result = send_notice(c, notice);

		if (result < 0)
			return result;
		list_remove(&notice->in_waiting);
		mem_free(notice);
		n->count--;
		FAULT_POINT("cleanup.notified");
	}
	return 0;
}

/* qmgr says nothing on this channel: whatever comes is its end. */
PARKS static void
watch_channel(void *arg)
{
	struct conversation *v = arg;
	struct frame frame;

	if (channel_receive(&v->channel, &frame, TICKS_NEVER) != ERR_CANCELLED)
		v->notifier->broken = true;
	cond_signal(&v->notifier->work);
}

PARKS static void
converse(struct conversation *v)
{
	struct notifier *n = v->notifier;
	int result = 0;

	while (result == 0 && !n->broken) {
		result = send_waiting(n, &v->channel);
		if (result == 0 && n->closing) {
			(void)!channel_flush(&v->channel, run_deadline(TICKS_SECOND));
			return;
		}
		if (result == 0 && !n->broken)
			result = cond_wait(&n->work, TICKS_NEVER);
	}
}

/* From the first word to the end of the channel, however it comes. */
PARKS static void
use_channel(struct conversation *v)
{
	struct notifier *n = v->notifier;
	struct group watcher;

	n->broken = false;
	n->connected = true;
	if (n->missed) {
		/* What is told by the end of its segment need not be told twice (N2). */
		drop_records(n);
		journal_rotate(n->journal);
	}
	n->missed = false;
	group_init(&watcher);
	if (task_start(&watcher, "qmgr-watch", watch_channel, v) == 0)
		converse(v);
	group_end(&watcher);
	channel_close(&v->channel);
	n->connected = false;
	drop_records(n);
}

/* --- The task -------------------------------------------------------------------------------- */

PARKS static int
open_socket(void *context, struct channel *c, int64_t deadline, struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_STORED,
		.program = "cleanup",
		.capacity = 1,
	};
	const char *path = context;
	int fd, result;

	result = connect_unix(path, &fd, deadline);
	if (result < 0) {
		why_set(why, "%s: %s", path, err_text(result));
		return result;
	}
	return channel_open(c, fd, &options, deadline, why);
}

struct outage {
	int64_t since; /* TICKS_NEVER: there is none */
	bool told;
};

/* One qmgr goes and the next one comes at each reload: that is none to be told of. */
static void
report(struct outage *o, const struct why *why)
{
	o->since = ticks_min(o->since, run_now());
	if (o->told || run_now() - o->since < OUTAGE_MIN)
		return;
	log_warning("cannot reach the queue manager: %s; mail is taken in and kept", why->text);
	o->told = true;
}

static void
end_outage(struct outage *o)
{
	if (o->told)
		log_info("the queue manager is back");
	*o = (struct outage){ .since = TICKS_NEVER };
}

PARKS static void
run_notifier(void *arg)
{
	struct notifier *n = arg;
	struct conversation v = { .notifier = n };
	int64_t pause = PAUSE_FIRST;
	struct outage outage = { .since = TICKS_NEVER };
	int result = 0;

	while (!n->closing && result != ERR_CANCELLED) {
		struct why why = WHY_INIT;

		result = n->connect(n->context, &v.channel, run_deadline(CONNECT_DEADLINE), &why);
		if (result == 0) {
			end_outage(&outage);
			pause = PAUSE_FIRST;
			use_channel(&v);
		} else if (result != ERR_CANCELLED) {
			report(&outage, &why);
		}
		if (!n->closing && result != ERR_CANCELLED)
			result = task_sleep(run_deadline(pause));
		pause = pause * 2 < PAUSE_MAX ? pause * 2 : PAUSE_MAX;
	}
}

void
notifier_init(struct notifier *n, const char *path)
{
	*n = (struct notifier){ .connect = open_socket, .context = mem_strdup(path) };
	list_init(&n->waiting);
	cond_init(&n->work);
	group_init(&n->tasks);
}

int
notifier_start(struct notifier *n)
{
	return task_start(&n->tasks, "notifier", run_notifier, n);
}

void
notifier_close(struct notifier *n, int64_t deadline)
{
	struct list *it;

	n->closing = true;
	cond_signal(&n->work);
	if (group_wait(&n->tasks, deadline) < 0)
		group_end(&n->tasks);
	while ((it = list_take_first(&n->waiting)) != NULL)
		mem_free(CONTAINER_OF(it, struct notice, in_waiting));
	if (n->connect == open_socket)
		mem_free(n->context);
}
