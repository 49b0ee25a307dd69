/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the body as it comes. What stays as it is is a run of bytes in the piece, handed on
 * without a copy; only from the first change on is there a copy of the rest of that piece.
 *
 * Conversion is decided by what a part says of itself: one that announces 8-bit text becomes
 * quoted-printable, and those around it 7bit. RFC 6152, section 3.
 */
#include "cleanup/body.h"

#include "cleanup/message.h"

#define OUT_MAX ((size_t)4 * 1024 * 1024) /* a piece, every byte of it encoded */

void
body_rules_init(struct body_rules *r, const struct config *c)
{
	bool strict = config_bool(c, PARAM_strict_8bitmime);

	*r = (struct body_rules){
		.mime = {
			.field_max = (size_t)config_int(c, PARAM_header_size_limit),
			.boundary_max = (size_t)config_int(c, PARAM_mime_boundary_length_limit),
			.nesting_max = (size_t)config_int(c, PARAM_mime_nesting_limit),
		},
		.is_plain = config_bool(c, PARAM_disable_mime_input_processing),
		.ascii_headers = strict || config_bool(c, PARAM_strict_7bit_headers),
		.honest_bodies = strict || config_bool(c, PARAM_strict_8bitmime_body),
		.plain_parents = config_bool(c, PARAM_strict_mime_encoding_domain),
		.converts = config_bool(c, PARAM_force_mime_input_conversion),
	};
}

static const struct body_rules *
rules_of(const struct message *m)
{
	return &m->cleanup->body;
}

/* --- What is refused ------------------------------------------------------------------------- */

enum verdict
body_judge_field(struct message *m, struct str field)
{
	if (!m->checking || !rules_of(m)->ascii_headers || (m->flags & SUBMIT_SMTPUTF8) != 0 ||
	    str_is_ascii(field))
		return VERDICT_NONE;
	return check_mime_error(m, "improper use of 8-bit data in message header", str_trim(field));
}

static enum verdict
judge_body(struct message *m, const struct mime_event *e)
{
	if (!m->checking || !rules_of(m)->honest_bodies || e->entity.encoding != MIME_7BIT ||
	    str_is_ascii(e->text))
		return VERDICT_NONE;
	return check_mime_error(m, "improper use of 8-bit data in message body", str_trim(e->text));
}

/* Of what has parts, only the parts may be encoded. RFC 2045, section 6.4. */
static enum verdict
judge_entity(struct message *m, const struct mime_entity *e)
{
	if (!m->checking || !rules_of(m)->plain_parents || e->type == MIME_TEXT ||
	    e->encoding <= MIME_BINARY)
		return VERDICT_NONE;
	return check_mime_error(m, "invalid message/* or multipart/* encoding domain", STR_NONE);
}

/* Where somebody looks at parts, none may hide behind too many others. */
static enum verdict
judge_nesting(struct message *m)
{
	const struct checks *c = &m->cleanup->checks;
	const struct body_rules *r = rules_of(m);
	bool looks = r->ascii_headers || r->honest_bodies || r->plain_parents ||
	             c->tables[CHECKS_HEADER].count + c->tables[CHECKS_MIME].count +
	                     c->tables[CHECKS_NESTED].count !=
	                 0;

	if (!m->checking || !looks || !m->body.mime.entity.is_deep)
		return VERDICT_NONE;
	return check_mime_error(m, "MIME nesting exceeds safety limit", STR_NONE);
}

/* --- What is passed on ----------------------------------------------------------------------- */

/* Error: ERR_TOO_LONG; as of those below. */
static int
flush_run(struct body *b)
{
	int result = buf_add(&b->out, b->run);

	b->run = STR_NONE;
	return result;
}

static int
put(struct body *b, struct str text)
{
	int result = flush_run(b);

	return result < 0 ? result : buf_add(&b->out, text);
}

/* Goes on as it came. What was kept back in memory of the parser is copied. */
static int
keep(struct body *b, struct str text, struct str piece)
{
	bool is_of_piece = text.n != 0 && text.p >= piece.p && text.p + text.n <= piece.p + piece.n;

	if (!is_of_piece)
		return put(b, text);
	if (b->run.n != 0 && b->run.p + b->run.n == text.p) {
		b->run.n += text.n;
		return 0;
	}
	if (flush_run(b) < 0)
		return -1;
	b->run = text;
	return 0;
}

static int
put_change(struct body *b, const struct check_change *change, struct str text, struct str piece)
{
	int result = 0;

	if (change->prepend.n != 0)
		result = put(b, change->prepend);
	if (result == 0 && change->prepend.n != 0)
		result = put(b, STR("\r\n"));
	if (result < 0 || change->remove)
		return result;
	if (change->replace.n == 0)
		return keep(b, text, piece);
	result = put(b, change->replace);
	return result < 0 ? result : put(b, STR("\r\n"));
}

/* --- Conversion ------------------------------------------------------------------------------ */

static bool
is_8bit(enum mime_encoding e)
{
	return e == MIME_8BIT || e == MIME_BINARY;
}

bool
body_is_converted(const struct message *m, struct str encoding)
{
	return rules_of(m)->converts && !rules_of(m)->is_plain &&
	       is_8bit(mime_encoding_of(encoding));
}

static struct str
encoding_for(enum mime_type type)
{
	return type == MIME_TEXT ? STR("Content-Transfer-Encoding: quoted-printable\r\n")
	                         : STR("Content-Transfer-Encoding: 7bit\r\n");
}

struct str
body_new_encoding(struct str content_type)
{
	static const struct mime_options o = { .boundary_max = 1000, .nesting_max = 1 };
	AUTO(mime) m;

	mime_init(&m, &o, content_type, STR_NONE);
	return encoding_for(m.depth != 0 ? MIME_MULTIPART : m.in_header ? MIME_MESSAGE : MIME_TEXT);
}

/* A part ends: what is held of its last line comes out. */
static int
end_quoted(struct body *b)
{
	int result = 0;

	if (b->in_quoted && flush_run(b) < 0)
		return -1;
	if (b->in_quoted)
		result = quoted_printable_end(&b->quoted, &b->out);
	b->in_quoted = false;
	return result;
}

/* The header of a part has ended: the field that was taken out has its successor. */
static int
settle_encoding(struct body *b, const struct mime_entity *e)
{
	if (!b->owes_encoding)
		return 0;
	b->owes_encoding = false;
	b->in_quoted = e->type == MIME_TEXT;
	return put(b, encoding_for(e->type));
}

/* --- Events ---------------------------------------------------------------------------------- */

static bool
is_encoding_field(struct str field)
{
	struct header_iter it;
	struct header_field f;

	header_iter_init(&it, field);
	return header_next(&it, &f) > 0 && header_is(&f, STR("Content-Transfer-Encoding"));
}

static enum verdict
verdict_of(int result)
{
	return result < 0 ? VERDICT_HEADER_TOO_LARGE : VERDICT_NONE;
}

PARKS static enum verdict
pass_field(struct message *m, const struct mime_event *e, struct str piece)
{
	struct body *b = &m->body;
	struct check_change change;
	enum verdict v = body_judge_field(m, e->text);

	if (v == VERDICT_NONE)
		v = check_field_text(
		    m, e->is_nested ? CHECKS_NESTED : CHECKS_MIME, e->text, &change);
	if (v != VERDICT_NONE)
		return v;
	if (b->converts && is_8bit(e->entity.encoding) && is_encoding_field(e->text)) {
		b->owes_encoding = true;
		change.remove = true;
	}
	return verdict_of(put_change(b, &change, e->text, piece));
}

static enum verdict
pass_header_end(struct message *m, const struct mime_event *e, struct str piece)
{
	enum verdict v = judge_entity(m, &e->entity);

	if (v == VERDICT_NONE)
		v = judge_nesting(m);
	if (v == VERDICT_NONE)
		v = verdict_of(settle_encoding(&m->body, &e->entity));
	return v == VERDICT_NONE ? verdict_of(keep(&m->body, e->text, piece)) : v;
}

/* A line without its end. */
static struct str
bare(struct str line)
{
	line.n -= str_ends(line, STR("\r\n")) ? 2 : str_ends(line, STR("\n"));
	return line;
}

PARKS static enum verdict
pass_line(struct message *m, const struct mime_event *e, struct str piece)
{
	struct body *b = &m->body;
	struct check_change change = { .remove = false };
	enum verdict v = judge_body(m, e);
	int result;

	if (e->is_new)
		b->seen = 0;
	if (v == VERDICT_NONE && b->seen < m->cleanup->checks.body_max)
		v = check_text(m, CHECKS_BODY, bare(e->text), &change);
	b->seen += e->text.n;
	if (v != VERDICT_NONE)
		return v;
	result = e->kind == MIME_BODY ? settle_encoding(b, &e->entity) : 0;
	if (result == 0 && e->kind == MIME_BODY && b->in_quoted) {
		result = flush_run(b);
		return verdict_of(
		    result < 0 ? result : quoted_printable_add(&b->quoted, e->text, &b->out));
	}
	return verdict_of(result < 0 ? result : put_change(b, &change, e->text, piece));
}

PARKS static enum verdict
pass_event(struct message *m, const struct mime_event *e, struct str piece)
{
	switch (e->kind) {
	case MIME_FIELD:
		return pass_field(m, e, piece);
	case MIME_HEADER_END:
		return pass_header_end(m, e, piece);
	case MIME_BOUNDARY:
		m->body.owes_encoding = false;
		if (end_quoted(&m->body) < 0)
			return VERDICT_HEADER_TOO_LARGE;
		return pass_line(m, e, piece);
	case MIME_BODY:
		break;
	}
	return pass_line(m, e, piece);
}

/* --- The whole ------------------------------------------------------------------------------- */

static bool
is_needed(const struct message *m)
{
	const struct checks *c = &m->cleanup->checks;
	const struct body_rules *r = rules_of(m);

	if (m->body.converts)
		return true;
	return m->checking && (c->any || r->ascii_headers || r->honest_bodies || r->plain_parents);
}

enum verdict
body_begin(struct message *m, struct str content_type, struct str encoding)
{
	const struct body_rules *r = rules_of(m);
	struct body *b = &m->body;
	struct mime_options o = r->mime;
	enum verdict v;

	b->converts = r->converts && !r->is_plain;
	b->on = is_needed(m);
	if (!b->on)
		return VERDICT_NONE;
	buf_init(&b->out, OUT_MAX);
	o.lines = m->cleanup->checks.tables[CHECKS_BODY].count != 0;
	mime_init(&b->mime, &o, r->is_plain ? STR_NONE : content_type, encoding);
	b->in_quoted = body_is_converted(m, encoding) && b->mime.depth == 0 && !b->mime.in_header;
	if (b->converts)
		m->flags &= ~(uint32_t)SUBMIT_8BITMIME;
	v = judge_entity(m, &b->mime.entity);
	return v == VERDICT_NONE ? judge_nesting(m) : v;
}

void
body_drop(struct body *b)
{
	if (!b->on)
		return;
	mime_drop(&b->mime);
	buf_drop(&b->out);
	b->on = false;
}

/* What is left of a piece that was gone through. */
static enum verdict
finish_piece(struct body *b, bool is_last, struct str *out)
{
	if (is_last && end_quoted(b) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	*out = b->run;
	if (b->out.n == 0)
		return VERDICT_NONE;
	if (flush_run(b) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	*out = buf_str(&b->out);
	return VERDICT_NONE;
}

enum verdict
body_pass(struct message *m, struct str piece, bool is_last, struct str *out)
{
	struct body *b = &m->body;
	struct str rest = piece;
	struct mime_event e;
	enum verdict v;
	int result;

	*out = piece;
	if (!b->on)
		return VERDICT_NONE;
	buf_clear(&b->out);
	b->run = STR_NONE;
	while ((result = mime_next(&b->mime, &rest, is_last, &e)) > 0) {
		v = pass_event(m, &e, piece);
		if (v != VERDICT_NONE)
			return v;
	}
	return result < 0 ? VERDICT_HEADER_TOO_LARGE : finish_piece(b, is_last, out);
}
