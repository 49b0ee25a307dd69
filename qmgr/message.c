/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One allocation for the message and one for its recipients with all texts: a queue of a million
 * must be compact, and is built in one go at start. Domains are shared between messages, local parts
 * are not, since they rarely repeat.
 */
#include "qmgr/message.h"

#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "lib/ipc/message.h"
#include "lib/mail/address.h"
#include "qmgr/notes.h"

void
message_address(const struct message *m, const struct recipient *r, struct buf *out)
{
	int result = buf_add(out, message_local_part(m, r));

	if (result == 0 && r->domain != NULL)
		result = buf_addf(out, "@%.*s", STR_ARG(name_str(r->domain)));
	BUG_ON(result < 0); /* it was an address of at most MESSAGE_ADDRESS_MAX when it came */
}

static size_t
texts_size(const struct envelope *e)
{
	size_t size = e->sender.n;

	for (uint32_t i = 0; i < e->recipients_count; i++)
		size += address_from_internal(e->recipients[i].address).local.n;
	return size;
}

static uint32_t
add_text(char *texts, uint32_t used, struct str text)
{
	if (text.n != 0)
		memcpy(texts + used, text.p, text.n);
	return used + (uint32_t)text.n;
}

static void
add_recipients(struct message *m, const struct envelope *e, struct names *names)
{
	char *texts = (char *)(m->recipients + m->recipient_count);
	uint32_t used = add_text(texts, 0, e->sender);

	for (uint32_t i = 0; i < e->recipients_count; i++) {
		struct address a = address_from_internal(e->recipients[i].address);
		struct recipient *r = &m->recipients[i];

		r->domain = names_take(names, a.domain);
		r->local = used;
		r->local_length = (uint16_t)a.local.n;
		used = add_text(texts, used, a.local);
	}
}

static enum recipient_state
state_of(uint32_t outcome)
{
	switch (outcome) {
	case OUTCOME_DELIVERED:
		return RECIPIENT_DELIVERED;
	case OUTCOME_BOUNCED:
		return RECIPIENT_FAILED;
	default:
		return RECIPIENT_WAITS;
	}
}

static void
add_history(struct message *m, const struct history *h, struct names *names)
{
	for (uint32_t i = 0; i < h->results_count; i++) {
		const struct history_result *result = &h->results[i];
		struct recipient *r;

		if (result->index >= m->recipient_count)
			continue;
		r = &m->recipients[result->index];
		message_set(m, result->index, state_of(result->status));
		r->attempts =
		    (uint16_t)(result->attempts < UINT16_MAX ? result->attempts : UINT16_MAX);
		names_give(names, r->reason);
		r->reason =
		    r->state != RECIPIENT_DELIVERED ? names_take(names, result->text) : NULL;
	}
}

struct message *
message_new(const struct stored *s, struct names *names)
{
	const struct envelope *e = &s->envelope;
	struct message *m = NEW(struct message);

	m->id = s->id;
	m->queue = (uint8_t)s->queue;
	wheel_entry_init(&m->timer);
	list_init(&m->in_ready);
	list_init(&m->in_keep);
	m->arrival = e->arrival;
	m->next = s->next;
	m->size = s->content_length;
	m->recipient_count = m->open = e->recipients_count;
	m->sender_length = (uint32_t)e->sender.n;
	m->filter = names_take(names, e->filter);
	m->recipients = mem_new(e->recipients_count * sizeof(struct recipient) + texts_size(e) + 1);
	add_recipients(m, e, names);
	add_history(m, &s->history, names);
	m->expire = m->expire_kept = (s->history.flags & HISTORY_EXPIRE) != 0;
	m->wants_hold = (e->flags & SUBMIT_HOLD) != 0 &&
	                (s->queue == SPOOL_JOURNAL || s->queue == SPOOL_INCOMING);
	return m;
}

void
message_free(struct message *m, struct names *names)
{
	BUG_ON(m->jobs != NULL || m->in_flight != 0 || m->keeping || m->routing);
	BUG_ON(wheel_has(&m->timer) || !list_is_empty(&m->in_ready));
	BUG_ON(!list_is_empty(&m->in_keep));
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		names_give(names, m->recipients[i].domain);
		names_give(names, m->recipients[i].reason);
	}
	names_give(names, m->filter);
	notes_free(m->notes);
	mem_free(m->recipients);
	mem_free(m);
}

static void
count(struct message *m, enum recipient_state state, int change)
{
	uint32_t by = (uint32_t)change;

	if (state != RECIPIENT_DELIVERED && state != RECIPIENT_FAILED)
		m->open += by;
	if (state == RECIPIENT_FAILED)
		m->failed += by;
	if (state == RECIPIENT_QUEUED)
		m->queued += by;
	if (state == RECIPIENT_IN_FLIGHT)
		m->in_flight += by;
}

void
message_set(struct message *m, uint32_t index, enum recipient_state state)
{
	struct recipient *r = &m->recipients[index];

	count(m, r->state, -1);
	r->state = (uint8_t)state;
	count(m, state, 1);
}
