/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The content is stored as it came, but for what stands in front of it and, in mail that begins at this
 * host, what its header lacks. So the bytes are copied once, from the channel into the
 * draft, and written from there; a message that streams is written from the channel's own buffer.
 *
 * The header is looked at when it is whole: at the end of a small message, or when a big one is about to
 * leave memory. Until then nothing of it has been written, and it can still be changed.
 *
 * Invariants:
 *  M1. VERDICT_QUEUED only after journal_append() or file_writer_commit() answered 0 (S1, S2), or of a
 *      message that a rule discards.
 *  M2. The notice to qmgr comes after the same point, never before.
 *  M3. Whatever else ends a message leaves nothing in the spool.
 */
#include "cleanup/message.h"

#include "cleanup/head.h"
#include "cleanup/header.h"
#include "cleanup/line_ends.h"
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/mail/received.h"
#include "lib/run/run.h"
#include "lib/sys/clock.h"
#include "lib/sys/fault.h"

#define ARENA_MAX ((size_t)512 * 1024 * 1024) /* above what the largest frame needs */
#define HEAD_MAX  ((size_t)512 * 1024)        /* a header that does not end before is refused */
#define PIECE_MAX ((size_t)64 * 1024)         /* of message.def */

void
message_init(struct message *m, struct cleanup *k, const struct log_speaker *submitter)
{
	*m = (struct message){ .cleanup = k, .submitter = submitter };
	arena_init(&m->arena, ARENA_MAX);
	buf_init(&m->answer, TABLE_VALUE_MAX);
	parties_init(&m->parties, k->duplicates_max);
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

static int
encode_envelope(struct message *m)
{
	const struct message_submit *s = &m->submit;
	struct envelope e = {
		.queue_id = queue_id_str(&m->id),
		.arrival = m->arrival,
		.sender = m->parties.sender,
		.flags = m->flags | (m->orders.hold ? (uint32_t)SUBMIT_HOLD : 0),
		.envid = s->envid,
		.recipients = m->parties.recipients,
		.recipients_count = (uint32_t)m->parties.count,
		.filter = m->orders.filter,
		.protocol = s->protocol,
		.helo = s->helo,
		.client_name = s->client_name,
		.client_address = s->client_address,
		.client_port = s->client_port,
		.uid = s->uid,
	};

	return envelope_encode(&e, &m->draft->envelope);
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

/* --- Header ---------------------------------------------------------------------------------- */

/* Error: ERR_TOO_LONG. */
static int
mask_from(struct message *m)
{
	return message_is_ours(m) ? head_mask_from(&m->draft->content, m->from) : 0;
}

/* Envelope first: what is said of a header tells who the message is from and to. */
PARKS static enum verdict
finish_head(struct message *m)
{
	enum verdict v;

	m->head_done = true;
	if (head_part_from_ours(&m->draft->content, m->from) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	v = parties_map(&m->parties, &m->mapping, &m->submit);
	return v == VERDICT_NONE ? header_finish(m) : v;
}

/* --- Content --------------------------------------------------------------------------------- */

static enum verdict
not_stored(const struct message *m, int error, const struct why *why)
{
	log_warning("%s: %s", m->id.text, why->text);
	return error == ERR_FULL ? VERDICT_NO_ROOM : VERDICT_NOT_STORED;
}

/* From here on the content goes to a file; what was collected is its beginning. */
PARKS static enum verdict
start_streaming(struct message *m)
{
	struct why why;
	int result;

	file_writer_init(&m->file, &m->id);
	m->streaming = true;
	result = file_writer_open(&m->file, &why);
	if (result == 0)
		result = file_writer_add(&m->file, buf_str(&m->draft->content), &why);
	if (result < 0)
		return not_stored(m, result, &why);
	buf_drop(&m->draft->content);
	return VERDICT_NONE;
}

/* The header leaves memory only when it is whole. */
PARKS static enum verdict
outgrow_memory(struct message *m)
{
	struct buf *content = &m->draft->content;
	enum verdict v;

	if (mask_from(m) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	if (!head_is_whole(str_from(buf_str(content), m->from)))
		return content->n < HEAD_MAX ? VERDICT_NONE : VERDICT_HEADER_TOO_LARGE;
	v = finish_head(m);
	return v == VERDICT_NONE ? start_streaming(m) : v;
}

PARKS static enum verdict
stream(struct message *m, struct str bytes)
{
	AUTO(buf) repaired = BUF_INIT(PIECE_MAX);
	struct why why;
	int result;

	if (m->cleanup->replace_stray && line_ends_check(bytes) < bytes.n) {
		result = buf_add(&repaired, bytes);
		BUG_ON(result < 0);
		line_ends_repair(repaired.p, repaired.n);
		bytes = buf_str(&repaired);
	}
	result = file_writer_add(&m->file, bytes, &why);
	return result < 0 ? not_stored(m, result, &why) : VERDICT_NONE;
}

PARKS static enum verdict
collect(struct message *m, struct str bytes)
{
	struct buf *content = &m->draft->content;
	size_t before = content->n;

	if (buf_add(content, bytes) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	if (m->cleanup->replace_stray && line_ends_check(bytes) < bytes.n)
		line_ends_repair(content->p + before, bytes.n);
	if (content->n > m->cleanup->journal_max)
		return outgrow_memory(m);
	return VERDICT_NONE;
}

PARKS static enum verdict
store(struct message *m, struct str bytes)
{
	if (bytes.n == 0)
		return VERDICT_NONE;
	return m->streaming ? stream(m, bytes) : collect(m, bytes);
}

/* The CR that ended the last piece, now that it is known what follows it. */
PARKS static enum verdict
store_held_cr(struct message *m, struct str *bytes)
{
	bool is_line_end = bytes->n != 0 && bytes->p[0] == '\n';

	if (!m->held_cr)
		return VERDICT_NONE;
	m->held_cr = false;
	if (!is_line_end)
		return store(m, STR("\r"));
	*bytes = str_from(*bytes, 1);
	return store(m, STR("\r\n"));
}

enum verdict
message_add(struct message *m, struct str bytes)
{
	const struct cleanup *k = m->cleanup;
	enum verdict v;

	if (bytes.n == 0)
		return VERDICT_NONE;
	m->size += bytes.n;
	if (k->message_max != 0 && m->size > k->message_max)
		return VERDICT_TOO_LARGE;
	v = store_held_cr(m, &bytes);
	if (v == VERDICT_NONE && bytes.n != 0 && bytes.p[bytes.n - 1] == '\r') {
		m->held_cr = true;
		bytes.n--;
	}
	return v == VERDICT_NONE ? store(m, bytes) : v;
}

/* --- Commit ---------------------------------------------------------------------------------- */

/* What is known only at the end of the content. */
PARKS static enum verdict
finish_envelope(struct message *m)
{
	enum verdict v = parties_finish(&m->parties, &m->mapping, &m->orders);

	if (v == VERDICT_NONE && encode_envelope(m) < 0)
		v = VERDICT_BAD_ENVELOPE;
	return v;
}

PARKS static enum verdict
commit_file(struct message *m)
{
	struct why why;
	int result = file_writer_commit(&m->file, buf_str(&m->draft->envelope), &why);

	if (result < 0)
		return not_stored(m, result, &why);
	FAULT_POINT("cleanup.committed");
	notify_file(&m->cleanup->notifier, &m->id);
	return VERDICT_QUEUED;
}

PARKS static enum verdict
commit_record(struct message *m)
{
	struct draft *d = m->draft;
	struct why why;
	int result;

	m->draft = NULL;
	result = journal_append(&m->cleanup->journal, d, &why);
	if (result < 0)
		return not_stored(m, result, &why);
	FAULT_POINT("cleanup.committed");
	return VERDICT_QUEUED; /* the journal's writer has given notice */
}

PARKS static enum verdict
store_whole(struct message *m)
{
	enum verdict v = VERDICT_NONE;

	if (!m->streaming && (m->draft->content.n > m->cleanup->journal_max ||
	                         !journal_takes(m->draft->envelope.n, m->draft->content.n)))
		v = start_streaming(m);
	if (v != VERDICT_NONE)
		return v;
	return m->streaming ? commit_file(m) : commit_record(m);
}

enum verdict
message_commit(struct message *m)
{
	struct str nothing = STR_NONE;
	enum verdict v = store_held_cr(m, &nothing);

	if (v == VERDICT_NONE && !m->head_done) {
		if (mask_from(m) < 0)
			return VERDICT_HEADER_TOO_LARGE;
		v = finish_head(m);
	}
	if (v == VERDICT_NONE)
		v = finish_envelope(m);
	if (v != VERDICT_NONE)
		return v;
	return m->orders.discard ? VERDICT_QUEUED : store_whole(m);
}
