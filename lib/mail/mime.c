/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	dash-boundary := "--" boundary;  delimiter := CRLF dash-boundary
 *	close-delimiter := delimiter "--"
 * RFC 2046, section 5.1.1. A boundary of any level ends all that is within it, so a part that was cut
 * off ends where its multipart does. Lines may end in LF alone, as in header.c.
 *
 * Not done: to decode. What is looked for is where parts begin and what they say they are.
 */
#include "lib/mail/mime.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/mail/content_type.h"

#define BOUNDARIES_MAX ((size_t)1024 * 1024)

enum mime_encoding
mime_encoding_of(struct str value)
{
	static const struct {
		struct str name;
		enum mime_encoding encoding;
	} rows[] = {
		{ STR_INIT(""), MIME_7BIT },
		{ STR_INIT("7bit"), MIME_7BIT },
		{ STR_INIT("8bit"), MIME_8BIT },
		{ STR_INIT("binary"), MIME_BINARY },
		{ STR_INIT("quoted-printable"), MIME_QUOTED_PRINTABLE },
		{ STR_INIT("base64"), MIME_BASE64 },
	};
	struct str token = content_type_token(&value);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_equal_nocase(token, rows[i].name))
			return rows[i].encoding;
	}
	return MIME_OTHER;
}

static void
set_type(struct mime *m, struct str value)
{
	struct str rest = value, subtype, type = content_type_take(&rest, &subtype);

	m->entity.type = MIME_TEXT;
	m->entity.is_digest = false;
	if (str_equal_nocase(type, STR("multipart"))) {
		content_type_parameter(rest, STR("boundary"), &m->pending);
		m->entity.type = m->pending.n != 0 ? MIME_MULTIPART : MIME_TEXT;
		m->entity.is_digest = str_equal_nocase(subtype, STR("digest"));
	} else if (str_equal_nocase(type, STR("message")) &&
	           (str_equal_nocase(subtype, STR("rfc822")) ||
	               str_equal_nocase(subtype, STR("global")))) {
		m->entity.type = MIME_MESSAGE;
	}
}

/* --- Structure ------------------------------------------------------------------------------- */

static void
begin_header(struct mime *m, bool is_nested, bool of_digest)
{
	m->entity = (struct mime_entity){ .type = of_digest ? MIME_MESSAGE : MIME_TEXT };
	m->in_header = true;
	m->is_nested = is_nested;
}

static void
begin_body(struct mime *m)
{
	m->in_header = false;
	m->is_new = true;
	m->mid_line = false;
}

static void
push_boundary(struct mime *m)
{
	struct mime_level level = {
		.length = m->pending.n,
		.is_digest = m->entity.is_digest,
		.nesting = m->nesting,
	};

	if (buf_add(&m->boundaries, buf_str(&m->pending)) < 0)
		return;
	if (m->depth == m->room) {
		m->room = m->room == 0 ? 4 : 2 * m->room;
		m->levels = mem_resize(m->levels, m->room, sizeof(*m->levels));
	}
	m->levels[m->depth++] = level;
}

/* The header has ended: what comes is a body, or the header of a message in it. */
static void
end_header(struct mime *m)
{
	const struct mime_entity *e = &m->entity;
	bool is_plain = e->encoding <= MIME_BINARY;

	begin_body(m);
	if (e->type == MIME_TEXT || (e->type == MIME_MESSAGE && !is_plain))
		return;
	if (m->nesting >= m->options.nesting_max) {
		m->entity.is_deep = true;
		return;
	}
	m->nesting++;
	if (e->type == MIME_MULTIPART)
		push_boundary(m);
	else
		begin_header(m, true, false);
}

/* The innermost level whose boundary the line is; levels are counted from 1; 0: none. */
static size_t
find_boundary(const struct mime *m, struct str line)
{
	size_t end = m->boundaries.n;

	if (m->depth == 0 || !str_starts(line, STR("--")))
		return 0;
	line = str_from(line, 2);
	for (size_t i = m->depth; i > 0; i--) {
		size_t n = m->levels[i - 1].length;

		end -= n;
		if (str_starts(line, str_part(buf_str(&m->boundaries), end, n)))
			return i;
	}
	return 0;
}

static void
leave_to(struct mime *m, size_t level)
{
	while (m->depth > level)
		buf_cut(&m->boundaries, m->boundaries.n - m->levels[--m->depth].length);
}

/* Behind a boundary: the header of the next part, or what follows the last one. */
static void
cross_boundary(struct mime *m, size_t level, struct str line)
{
	const struct mime_level *l;
	struct str behind;

	leave_to(m, level);
	l = &m->levels[level - 1];
	behind = str_from(line, 2 + l->length);
	m->nesting = l->nesting;
	if (!str_starts(behind, STR("--"))) {
		begin_header(m, false, l->is_digest);
		return;
	}
	m->nesting--;
	leave_to(m, level - 1);
	m->entity = (struct mime_entity){ .type = MIME_TEXT };
	begin_body(m);
}

/* --- Lines ----------------------------------------------------------------------------------- */

/*
 * The next line: a view of the piece, or of m->line where it began in an earlier one. False: it has not
 * ended, and was kept.
 */
static bool
take_line(struct mime *m, struct str *piece, bool is_last)
{
	size_t end = str_index(*piece, '\n');
	size_t n = end < piece->n ? end + 1 : piece->n;

	if (m->line.n == 0 && (end < piece->n || is_last || n >= MIME_LINE_MAX)) {
		m->current = str_part(*piece, 0, n);
		*piece = str_from(*piece, n);
		m->has_line = n != 0;
		return m->has_line;
	}
	if (n > MIME_LINE_MAX - m->line.n)
		n = MIME_LINE_MAX - m->line.n;
	(void)!buf_add(&m->line, str_part(*piece, 0, n));
	*piece = str_from(*piece, n);
	m->current = buf_str(&m->line);
	m->has_line =
	    m->line.n != 0 && (str_ends(m->current, STR("\n")) || m->line.n == MIME_LINE_MAX ||
	                          (is_last && piece->n == 0));
	return m->has_line;
}

/* The line that was dealt with; its bytes stay until the next one is taken. */
static struct str
use_line(struct mime *m)
{
	m->has_line = false;
	m->line_is_used = true;
	return m->current;
}

static bool
is_empty(struct str line)
{
	return str_equal(line, STR("\r\n")) || str_equal(line, STR("\n"));
}

static bool
is_field(struct str line)
{
	struct header_iter it;
	struct header_field f;

	header_iter_init(&it, line);
	return header_next(&it, &f) > 0;
}

/* --- Events ---------------------------------------------------------------------------------- */

static int
emit(const struct mime *m, enum mime_kind kind, struct str text, struct mime_event *out)
{
	*out = (struct mime_event){
		.kind = kind, .is_nested = m->is_nested, .text = text, .entity = m->entity
	};
	return 1;
}

/* The field that was gathered; it stays until the next one has ended. */
static int
emit_field(struct mime *m, struct mime_event *out)
{
	struct buf old = m->ended;
	struct header_iter it;
	struct header_field f;

	m->ended = m->field;
	m->field = old;
	buf_clear(&m->field);
	header_iter_init(&it, buf_str(&m->ended));
	if (header_next(&it, &f) > 0) {
		if (header_is(&f, STR("Content-Type")))
			set_type(m, f.value);
		else if (header_is(&f, STR("Content-Transfer-Encoding")))
			m->entity.encoding = mime_encoding_of(f.value);
	}
	return emit(m, MIME_FIELD, buf_str(&m->ended), out);
}

static int
emit_boundary(struct mime *m, size_t level, struct mime_event *out)
{
	struct str line = use_line(m);

	cross_boundary(m, level, line);
	return emit(m, MIME_BOUNDARY, line, out);
}

static int
emit_body(struct mime *m, struct str text, struct mime_event *out)
{
	m->mid_line = !str_ends(text, STR("\n"));
	(void)emit(m, MIME_BODY, text, out);
	out->is_new = m->is_new;
	m->is_new = false;
	return 1;
}

/* The line goes on with a field, or begins one. */
static bool
is_of_field(const struct mime *m, struct str line)
{
	if (m->field.n != 0)
		return m->field.p[m->field.n - 1] != '\n' || line.p[0] == ' ' || line.p[0] == '\t';
	return !is_empty(line) && find_boundary(m, line) == 0 && is_field(line);
}

/* 1: an event; 0: the line was taken. */
static int
read_header(struct mime *m, struct mime_event *out)
{
	size_t boundary;

	if (is_of_field(m, m->current))
		return buf_add(&m->field, use_line(m));
	if (m->field.n != 0)
		return emit_field(m, out);
	boundary = find_boundary(m, m->current);
	if (boundary != 0)
		return emit_boundary(m, boundary, out);
	if (is_empty(m->current)) {
		(void)emit(m, MIME_HEADER_END, use_line(m), out);
		end_header(m);
		return 1;
	}
	/* A body without an empty line before it; an attached message has no header then. */
	end_header(m);
	m->in_header = false;
	return emit_body(m, use_line(m), out);
}

static int
read_body(struct mime *m, struct mime_event *out)
{
	size_t boundary = m->mid_line ? 0 : find_boundary(m, m->current);

	if (boundary != 0)
		return emit_boundary(m, boundary, out);
	return emit_body(m, use_line(m), out);
}

/* No boundary can come, and lines do not matter: what is left of the piece is one event. */
static bool
is_flat(const struct mime *m)
{
	return !m->in_header && m->depth == 0 && !m->options.lines && m->line.n == 0;
}

static int
take_rest(struct mime *m, struct str *piece, struct mime_event *out)
{
	struct str rest = *piece;

	*piece = str_from(*piece, piece->n);
	return rest.n != 0 ? emit_body(m, rest, out) : 0;
}

int
mime_next(struct mime *m, struct str *piece, bool is_last, struct mime_event *out)
{
	int result = 0;

	while (result == 0) {
		if (m->line_is_used)
			buf_clear(&m->line);
		m->line_is_used = false;
		if (!m->has_line && is_flat(m))
			return take_rest(m, piece, out);
		if (!m->has_line && !take_line(m, piece, is_last))
			return is_last && m->field.n != 0 ? emit_field(m, out) : 0;
		result = m->in_header ? read_header(m, out) : read_body(m, out);
	}
	return result;
}

void
mime_init(
    struct mime *m, const struct mime_options *o, struct str content_type, struct str encoding)
{
	*m = (struct mime){ .options = *o, .is_new = true };
	buf_init(&m->pending, o->boundary_max);
	buf_init(&m->boundaries, BOUNDARIES_MAX);
	buf_init(&m->field, o->field_max);
	buf_init(&m->ended, o->field_max);
	buf_init(&m->line, MIME_LINE_MAX);
	set_type(m, content_type);
	m->entity.encoding = mime_encoding_of(encoding);
	end_header(m);
}

void
mime_drop(struct mime *m)
{
	buf_drop(&m->pending);
	buf_drop(&m->boundaries);
	buf_drop(&m->field);
	buf_drop(&m->ended);
	buf_drop(&m->line);
	mem_free(m->levels);
	m->levels = NULL;
	m->depth = m->room = 0;
}
