/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/message.h"

#include "lib/base/err.h"
#include "lib/mail/received.h"
#include "lib/run/run.h"
#include "lib/sys/clock.h"

#define ARENA_MAX ((size_t)512 * 1024 * 1024) /* above what the largest frame needs */

void
message_init(struct message *m, struct cleanup *k, const struct log_speaker *submitter)
{
	*m = (struct message){ .cleanup = k, .submitter = submitter };
	arena_init(&m->arena, ARENA_MAX);
	buf_init(&m->answer, TABLE_VALUE_MAX);
	parties_init(&m->parties, &m->arena, k->duplicates_max);
}

void
message_drop(struct message *m)
{
	if (m->expected)
		journal_expect(&m->cleanup->journal, -1);
	m->expected = false;
	draft_free(m->draft);
	m->draft = NULL;
	if (m->streaming)
		file_writer_drop(&m->file);
	m->streaming = false;
	parties_drop(&m->parties);
	body_drop(&m->body);
	buf_drop(&m->answer);
	arena_drop(&m->arena);
}

bool
message_is_ours(const struct message *m)
{
	return (m->flags & (SUBMIT_LOCAL | SUBMIT_TRUSTED)) != 0 &&
	       (m->flags & SUBMIT_GATEWAY) == 0;
}

bool
message_detects_utf8(const struct message *m)
{
	enum detect_class class_ = DETECT_CLIENTS;

	if ((m->flags & SUBMIT_LOCAL) != 0)
		class_ = DETECT_LOCAL;
	else if ((m->flags & SUBMIT_INTERNAL) != 0)
		class_ = DETECT_INTERNAL;
	return (m->cleanup->detects_utf8 & class_) != 0;
}

/* --- Envelope -------------------------------------------------------------------------------- */

/* What peers chose and only logs and headers show: cleaned, not refused. */
static void
clean(struct arena *a, struct str *s)
{
	char *text;

	if (!str_has_control(*s))
		return;
	text = arena_text(a, *s);
	for (size_t i = 0; i < s->n; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
	}
	s->p = text;
}

int
message_take(struct message *m, const struct frame *f, uint32_t allowed)
{
	struct message_submit *s = &m->submit;
	struct frame kept = *f;
	int result;

	kept.fields = arena_str(&m->arena, f->fields);
	result = message_decode_submit(&kept, &m->arena, s);
	if (result < 0)
		return result;
	clean(&m->arena, &s->protocol);
	clean(&m->arena, &s->helo);
	clean(&m->arena, &s->client_name);
	clean(&m->arena, &s->client_address);
	m->flags = s->flags = s->flags & allowed;
	if ((allowed & SUBMIT_LOCAL) == 0) {
		s->arrival = 0; /* only who may requeue says when it came */
		s->previous_id = STR_NONE;
	}
	return 0;
}

static bool
envelope_is_clean(const struct message_submit *s)
{
	bool clean_ = !str_has_control(s->sender) && !str_has_control(s->envid);

	for (uint32_t i = 0; i < s->recipients_count && clean_; i++)
		clean_ = !str_has_control(s->recipients[i].address) &&
		         !str_has_control(s->recipients[i].original);
	return clean_;
}

/* What rules put in front of all, and our own trace. */
static int
add_front(struct message *m)
{
	const struct message_submit *s = &m->submit;
	struct buf *content = &m->draft->content;
	struct address only;
	struct received r = {
		.helo = s->helo,
		.client_name = s->client_name,
		.client_address = s->client_address,
		.hides_client = (s->flags & SUBMIT_HIDE_CLIENT) != 0,
		.uid = s->uid,
		.host = m->cleanup->host,
		.software = m->cleanup->software,
		.protocol = s->protocol,
		.id = &m->id,
		.wall = m->arrival,
		.zone = sys_clock_zone(m->arrival),
	};

	for (size_t i = 0; i < m->orders.prepend_count; i++) {
		if (buf_addf(content, "%.*s\r\n", STR_ARG(m->orders.prepend[i])) < 0)
			return ERR_TOO_LONG;
	}
	/* What is put back has one from the first time. */
	if (s->previous_id.n != 0)
		return 0;
	if (s->recipients_count == 1) {
		only = address_from_internal(s->recipients[0].address);
		r.recipient = &only;
	}
	return received_add(&r, content);
}

static void
log_client(const struct message *m, const struct message_submit *s)
{
	struct event_field fields[7];
	size_t n = 0;

	fields[n++] = F_STR(queue_id, queue_id_str(&m->id));
	fields[n++] = F_STR(client_name, s->client_name);
	fields[n++] = F_STR(client_address, s->client_address);
	if (m->cleanup->log_port && s->client_port != 0)
		fields[n++] = F_NUM(client_port, s->client_port);
	if (s->forward_id.n != 0)
		fields[n++] = F_STR(orig_queue_id, s->forward_id);
	if (s->forward_client.n != 0)
		fields[n++] = F_STR(orig_client, s->forward_client);
	fields[n] = F_END;
	log_record_of(m->submitter, EVENT_CLIENT, fields);
}

/* What the log says first of a message, as the process that it came from would say it. */
static void
log_origin(const struct message *m)
{
	const struct message_submit *s = &m->submit;
	struct event_field orig_id = F_END;

	if (s->previous_id.n != 0)
		orig_id = F_STR(orig_id, s->previous_id);
	if (s->client_address.n != 0 && s->previous_id.n == 0)
		log_client(m, s);
	else if ((m->flags & SUBMIT_LOCAL) != 0 || s->previous_id.n != 0)
		log_event_of(m->submitter, EVENT_PICKUP, F_STR(queue_id, queue_id_str(&m->id)),
		    F_NUM(uid, s->uid), F_STR(sender, s->sender), orig_id);
}

static void
take_orders(struct message *m, const struct message_action *actions, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		orders_take(&m->orders, &m->arena, actions[i].kind, actions[i].text);
}

void
message_order(struct message *m, const struct message_content_end *end)
{
	take_orders(m, end->actions, end->actions_count);
}

/* Mail that the system makes is mapped, but neither checked nor copied. */
static void
set_rules(struct message *m)
{
	bool from_outside = (m->flags & SUBMIT_INTERNAL) == 0;

	m->checking = from_outside && (m->flags & SUBMIT_NO_HEADER_BODY_CHECKS) == 0;
	m->mapping = (struct mapping){
		.mapper = &m->cleanup->mapper,
		.arena = &m->arena,
		.id = &m->id,
		.maps = (m->flags & SUBMIT_NO_ADDRESS_MAPPINGS) == 0,
	};
	m->mapping.copies = from_outside && m->mapping.maps;
}

enum verdict
message_begin(struct message *m)
{
	const struct message_submit *s = &m->submit;
	struct cleanup *k = m->cleanup;
	struct why why;

	if (s->recipients_count == 0)
		return VERDICT_NO_RECIPIENTS;
	if (k->message_max != 0 && s->size > k->message_max)
		return VERDICT_TOO_LARGE;
	if (!envelope_is_clean(s))
		return VERDICT_BAD_ENVELOPE;
	m->id = queue_id_next(&k->ids, run_wall());
	m->arrival = s->arrival != 0 ? s->arrival : queue_id_wall(&m->id);
	log_origin(m);
	set_rules(m);
	m->orders.filter = s->filter;
	take_orders(m, s->actions, s->actions_count);
	m->draft = draft_new(MESSAGE_CONTENT_MAX);
	if (add_front(m) < 0)
		return VERDICT_BAD_ENVELOPE;
	m->from = m->draft->content.n;
	m->expected = true;
	journal_expect(&k->journal, 1);
	if (room_check(&k->room, s->size, &why) == ERR_FULL) {
		log_warning("%s: mail is refused for the time being: %s", m->id.text, why.text);
		return VERDICT_NO_ROOM;
	}
	return VERDICT_NONE;
}
