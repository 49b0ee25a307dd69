/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of a million entries is sent as the reader takes it: what waits for it is one entry and the
 * ids. A message that went meanwhile is left out.
 */
#include "qmgr/show.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "qmgr/recovery.h"
#include "qmgr/snapshot.h"

#define SEND_MAX  (5 * TICKS_MINUTE)
#define LIST_WAIT (5 * TICKS_SECOND) /* for a recovery; then the list is of what was found */
#define ARENA_CAP ((size_t)512 * 1024 * 1024)

static void
add_recipient(struct message_queue_entry *e, const struct message *m, const struct recipient *r,
    struct arena *arena)
{
	AUTO(buf) address = BUF_INIT(MESSAGE_ADDRESS_MAX);

	message_address(m, r, &address);
	e->recipients[e->recipients_count++] = (struct message_queue_recipient){
		.address = arena_str(arena, buf_str(&address)),
		.reason = arena_str(arena, name_str(r->reason)),
		.failed = r->state == RECIPIENT_FAILED,
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
		.expired = m->expire,
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
send_all(struct qmgr *q, struct channel *c, uint32_t request, struct message_queue_end *end)
{
	struct snapshot s;
	struct message *m;
	int result = snapshot_take(&s, q);

	if (result < 0)
		return result;
	while ((result = snapshot_next(&s, q, &m)) > 0) {
		end->count++;
		end->size += m->size;
		result = send_entry(c, request, m);
		if (result < 0)
			break;
	}
	snapshot_drop(&s);
	return result;
}

int
show_queue(struct qmgr *q, struct channel *c, uint32_t request)
{
	struct message_queue_end end = { .count = 0 };
	int result = recovery_wait(q, run_deadline(LIST_WAIT));

	if (result == 0 || result == ERR_TIMEOUT)
		result = send_all(q, c, request, &end);
	if (result == 0)
		result = channel_send_queue_end(c, request, &end, run_deadline(SEND_MAX));
	return result;
}
