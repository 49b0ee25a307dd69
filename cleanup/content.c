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
#include "cleanup/characters.h"
#include "cleanup/head.h"
#include "cleanup/header.h"
#include "cleanup/line_ends.h"
#include "cleanup/message.h"
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/sys/fault.h"

#define HEAD_MAX  ((size_t)512 * 1024) /* a header that does not end before is refused */
#define PIECE_MAX ((size_t)64 * 1024)  /* of message.def */

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

PARKS static enum verdict
write_file(struct message *m, struct str bytes)
{
	struct why why;
	int result = file_writer_add(&m->file, bytes, &why);

	return result < 0 ? not_stored(m, result, &why) : VERDICT_NONE;
}

/* From here on the content goes to a file; what was collected is its beginning. */
PARKS static enum verdict
start_streaming(struct message *m)
{
	enum verdict v;
	struct why why;
	int result;

	file_writer_init(&m->file, &m->id);
	m->streaming = true;
	result = file_writer_open(&m->file, &why);
	if (result < 0)
		return not_stored(m, result, &why);
	v = write_file(m, buf_str(&m->draft->content));
	buf_drop(&m->draft->content);
	return v;
}

/* What of the body was collected goes through its rules. */
PARKS static enum verdict
pass_collected(struct message *m, bool is_last)
{
	struct buf *content = &m->draft->content;
	struct str body = str_from(buf_str(content), m->body_at), out;
	enum verdict v = body_pass(m, body, is_last, &out);

	if (v != VERDICT_NONE || (out.p == body.p && out.n == body.n))
		return v;
	if (out.p == body.p) { /* the last line is kept back */
		buf_cut(content, m->body_at + out.n);
		return VERDICT_NONE;
	}
	buf_cut(content, m->body_at);
	return buf_add(content, out) < 0 ? VERDICT_TOO_LARGE : VERDICT_NONE;
}

/* The header leaves memory only when it is whole. */
PARKS static enum verdict
outgrow_memory(struct message *m)
{
	struct buf *content = &m->draft->content;
	enum verdict v;

	if (content->n < m->look_at)
		return VERDICT_NONE;
	m->look_at = content->n + PIECE_MAX;
	if (mask_from(m) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	if (!head_is_whole(str_from(buf_str(content), m->from)))
		return content->n < HEAD_MAX ? VERDICT_NONE : VERDICT_HEADER_TOO_LARGE;
	v = finish_head(m);
	if (v == VERDICT_NONE)
		v = pass_collected(m, false);
	return v == VERDICT_NONE ? start_streaming(m) : v;
}

PARKS static enum verdict
stream(struct message *m, struct str bytes)
{
	AUTO(buf) repaired = BUF_INIT(PIECE_MAX);
	struct str out;
	enum verdict v;
	int result;

	if (m->cleanup->replace_stray && line_ends_check(bytes) < bytes.n) {
		result = buf_add(&repaired, bytes);
		BUG_ON(result < 0);
		line_ends_repair(repaired.p, repaired.n);
		bytes = buf_str(&repaired);
	}
	v = body_pass(m, bytes, false, &out);
	return v == VERDICT_NONE && out.n != 0 ? write_file(m, out) : v;
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

/* The log shows the line, as far as it is here. */
static enum verdict
refuse_character(struct message *m, struct str bytes, size_t at)
{
	struct str before = str_part(bytes, 0, at);
	size_t begin = str_rindex(before, '\n');
	struct str line = str_from(bytes, begin < before.n ? begin + 1 : 0);

	m->parties.sender = m->submit.sender; /* they are not mapped yet */
	m->parties.recipient = m->submit.recipients[m->submit.recipients_count - 1].address;
	m->reason = STR("5.7.1 disallowed character");
	m->checking = false;
	check_log(
	    m, "reject", "content", str_trim(str_part(line, 0, str_index(line, '\n'))), m->reason);
	return VERDICT_REJECTED;
}

PARKS static enum verdict
store(struct message *m, struct str bytes)
{
	if (bytes.n == 0)
		return VERDICT_NONE;
	return m->streaming ? stream(m, bytes) : collect(m, bytes);
}

/* message_reject_characters, message_strip_characters. */
PARKS static enum verdict
store_filtered(struct message *m, struct str bytes)
{
	AUTO(buf) left = BUF_INIT(PIECE_MAX);
	const struct cleanup *k = m->cleanup;
	size_t at;

	if (m->checking && k->rejects.any && (at = characters_find(&k->rejects, bytes)) < bytes.n)
		return refuse_character(m, bytes, at);
	if (!m->checking || !k->strips.any || characters_find(&k->strips, bytes) == bytes.n)
		return store(m, bytes);
	if (characters_strip(&k->strips, bytes, &left) < 0)
		return VERDICT_TOO_LARGE; /* cannot be */
	return store(m, buf_str(&left));
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
	return v == VERDICT_NONE ? store_filtered(m, bytes) : v;
}

/* --- Commit ---------------------------------------------------------------------------------- */

/* The content has ended: what is left of it goes through its rules. */
PARKS static enum verdict
finish_content(struct message *m)
{
	struct str out;
	enum verdict v;

	if (m->streaming) {
		v = body_pass(m, STR_NONE, true, &out);
		return v == VERDICT_NONE && out.n != 0 ? write_file(m, out) : v;
	}
	if (mask_from(m) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	v = finish_head(m);
	return v == VERDICT_NONE ? pass_collected(m, true) : v;
}

/* "transport:" alone: $default_filter_nexthop, where there is one; else each recipient's domain. */
static struct str
add_nexthop(struct message *m, struct str filter)
{
	return str_of(arena_printf(
	    &m->arena, "%.*s%.*s", STR_ARG(filter), STR_ARG(m->cleanup->filter_nexthop)));
}

static int
encode_envelope(struct message *m)
{
	const struct message_submit *s = &m->submit;
	struct str filter = m->orders.filter;
	struct envelope e = {
		.queue_id = queue_id_str(&m->id),
		.arrival = m->arrival,
		.sender = m->parties.sender,
		.flags = m->flags | (m->orders.hold ? (uint32_t)SUBMIT_HOLD : 0),
		.envid = s->envid,
		.recipients = m->parties.recipients,
		.recipients_count = (uint32_t)m->parties.count,
		.filter = str_ends(filter, STR(":")) ? add_nexthop(m, filter) : filter,
		.protocol = s->protocol,
		.helo = s->helo,
		.client_name = s->client_name,
		.client_address = s->client_address,
		.client_port = s->client_port,
		.uid = s->uid,
	};

	return envelope_encode(&e, &m->draft->envelope);
}

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

	if (v == VERDICT_NONE)
		v = finish_content(m);
	if (v == VERDICT_NONE)
		v = finish_envelope(m);
	if (v != VERDICT_NONE)
		return v;
	return m->orders.discard ? VERDICT_QUEUED : store_whole(m);
}
