/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request's id is a slot (low 16 bits) and how often that slot was used (high 16 bits), so that an
 * answer finds its call without a search, and one that comes after its call was given up finds
 * nobody. The answer is copied once into the call: its task may be slow, and the reader may not wait.
 */
#include "lib/ipc/caller.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"

#define SLOT_MASK 0xffffu

_Static_assert(CALLER_CAPACITY_MAX <= SLOT_MASK, "slots fit in the id");

static int
failure(const struct caller *r)
{
	return r->failed != 0 ? r->failed : r->channel.failed;
}

/* The call that waits for this answer; NULL: nobody does. */
static struct call *
find_call(const struct caller *r, uint32_t request)
{
	uint32_t slot = request & SLOT_MASK;
	struct call *k = slot < r->slot_count ? r->slots[slot] : NULL;

	return k != NULL && k->request == request ? k : NULL;
}

static void
hand_over(struct caller *r, const struct frame *f)
{
	struct call *k = find_call(r, f->request);
	int n;

	if (k == NULL || k->has_answer)
		return;
	n = buf_add(&k->bytes, f->fields);
	BUG_ON(n < 0);
	k->answer = *f;
	k->answer.fields = buf_str(&k->bytes);
	k->has_answer = true;
	cond_broadcast(&k->answered);
}

static void
wake_all(struct caller *r)
{
	for (uint32_t i = 0; i < r->slot_count; i++) {
		if (r->slots[i] != NULL)
			cond_broadcast(&r->slots[i]->answered);
	}
	cond_broadcast(&r->room);
}

static void
begin_to_leave(struct caller *r)
{
	r->leaving = true;
	cond_broadcast(&r->room);
}

/* The peer then sees the end of the stream, and ends its own. */
PARKS static void
leave(void *arg)
{
	struct caller *r = arg;
	int n = 0;

	while (n == 0 && (!r->leaving || r->in_flight > 0))
		n = cond_wait(&r->room, TICKS_NEVER);
	if (n == 0)
		n = stream_end_output(&r->channel.stream, TICKS_NEVER);
	(void)n; /* it is gone already */
}

PARKS static void
read_answers(void *arg)
{
	struct caller *r = arg;
	struct frame f;
	int n;

	while ((n = channel_receive(&r->channel, &f, TICKS_NEVER)) == 0) {
		if (f.number == MESSAGE_NUMBER_leaving)
			begin_to_leave(r);
		else
			hand_over(r, &f);
	}
	r->failed = n;
	wake_all(r);
}

/* --- The caller ------------------------------------------------------------------------------ */

static int
start(struct caller *r, struct why *why)
{
	int n;

	r->slot_count = r->channel.peer_capacity;
	if (r->slot_count > CALLER_CAPACITY_MAX)
		r->slot_count = CALLER_CAPACITY_MAX;
	if (r->slot_count == 0) {
		why_set(why, "%s takes no requests", r->channel.peer);
		return ERR_PROTOCOL;
	}
	n = task_start(&r->reader, "caller reader", read_answers, r);
	if (n < 0) {
		why_set(why, "cannot start the reader of a channel: %s", err_text(n));
		return n;
	}
	r->slots = mem_array(r->slot_count, sizeof(*r->slots));
	r->turns = mem_array(r->slot_count, sizeof(*r->turns));
	return 0;
}

static void
prepare(struct caller *r)
{
	group_init(&r->reader);
	cond_init(&r->room);
	r->slots = NULL;
	r->turns = NULL;
	r->slot_count = r->in_flight = r->next_slot = 0;
	r->failed = 0;
	r->leaving = false;
}

int
caller_open_stream(
    struct caller *r, const struct channel_options *o, int64_t deadline, struct why *why)
{
	int n;

	prepare(r);
	n = channel_open_stream(&r->channel, o, deadline, why);
	if (n < 0)
		return n;
	n = start(r, why);
	if (n < 0)
		channel_close(&r->channel);
	return n;
}

int
caller_open(
    struct caller *r, int fd, const struct channel_options *o, int64_t deadline, struct why *why)
{
	int n;

	prepare(r);
	n = channel_open(&r->channel, fd, o, deadline, why);
	if (n < 0)
		return n;
	n = start(r, why);
	if (n < 0)
		channel_close(&r->channel);
	return n;
}

void
caller_close(struct caller *r)
{
	BUG_ON(r->in_flight != 0);
	group_end(&r->reader);
	channel_close(&r->channel);
	mem_free(r->slots);
	mem_free(r->turns);
	prepare(r);
	r->failed = ERR_CANCELLED;
}

bool
caller_is_open(const struct caller *r)
{
	return failure(r) == 0 && !r->leaving;
}

int
caller_leave_when_asked(struct caller *r)
{
	return task_start(&r->reader, "caller leaves", leave, r);
}

int
caller_idle(struct caller *r, int64_t deadline)
{
	while (r->in_flight > 0) {
		int n = cond_wait(&r->room, deadline);

		if (n < 0)
			return n;
	}
	return 0;
}

/* --- A call ---------------------------------------------------------------------------------- */

static uint32_t
take_slot(struct caller *r)
{
	while (r->slots[r->next_slot] != NULL)
		r->next_slot = (r->next_slot + 1) % r->slot_count;
	return r->next_slot;
}

int
call_open(struct call *k, struct caller *r, int64_t deadline)
{
	uint32_t slot;

	k->caller = NULL;
	while (failure(r) == 0 && r->in_flight == r->slot_count) {
		int n = cond_wait(&r->room, deadline);

		if (n < 0)
			return n;
	}
	if (failure(r) != 0)
		return failure(r);
	slot = take_slot(r);
	*k = (struct call){
		.caller = r,
		.request = (uint32_t)++r->turns[slot] << 16 | slot,
		.bytes = BUF_INIT(FRAME_MAX),
	};
	cond_init(&k->answered);
	r->slots[slot] = k;
	r->in_flight++;
	return 0;
}

void
call_close(struct call *k)
{
	struct caller *r = k->caller;

	if (r == NULL)
		return;
	r->slots[k->request & SLOT_MASK] = NULL;
	r->in_flight--;
	cond_broadcast(&r->room);
	buf_drop(&k->bytes);
	k->has_answer = false;
	k->caller = NULL;
}

int
call_send_fd(
    struct call *k, enum message_number number, const void *message, int fd, int64_t deadline)
{
	return channel_send_fd(&k->caller->channel, number, k->request, message, fd, deadline);
}

int
call_send(struct call *k, enum message_number number, const void *message, int64_t deadline)
{
	return call_send_fd(k, number, message, -1, deadline);
}

int
call_wait(struct call *k, struct frame *answer, int64_t deadline)
{
	while (!k->has_answer) {
		int n = failure(k->caller);

		if (n == 0)
			n = cond_wait(&k->answered, deadline);
		if (n < 0)
			return n;
	}
	*answer = k->answer;
	return 0;
}

int
caller_call(struct caller *r, struct call *k, enum message_number number, const void *message,
    struct frame *answer, int64_t deadline)
{
	int n = call_open(k, r, deadline);

	if (n == 0)
		n = call_send(k, number, message, deadline);
	return n == 0 ? call_wait(k, answer, deadline) : n;
}
