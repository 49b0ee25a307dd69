/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	fields     = *( field-name *WSP ":" unstructured CRLF )
 *	field-name = 1*ftext
 *	ftext      = %d33-57 / %d59-126
 * RFC 5322, sections 3.6.8 and 4.5. The reader of headers for every purpose (checks, signatures,
 * delivery): where a message's header ends must be the same for all of them. Nothing is copied; a
 * field is three views.
 */
#include "lib/mail/header.h"

#include "lib/base/err.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of the first line with its end; all of s where it has none. */
static size_t
line_length(struct str s)
{
	size_t at = str_index(s, '\n');

	return at < s.n ? at + 1 : s.n;
}

/* Length of the line end at the end of s. */
static size_t
line_end_length(struct str s)
{
	if (s.n == 0 || s.p[s.n - 1] != '\n')
		return 0;
	return s.n >= 2 && s.p[s.n - 2] == '\r' ? 2 : 1;
}

/* Length of the field name at the start of a line; 0: none. */
static size_t
name_length(struct str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] >= 33 && line.p[n] <= 126 && line.p[n] != ':')
		n++;
	return n;
}

/* Length of the field that begins s, with all its lines. */
static size_t
field_length(struct str s)
{
	size_t n = line_length(s);

	while (n < s.n && is_blank(s.p[n]))
		n += line_length(str_from(s, n));
	return n;
}

static void
take(struct header_iter *it, size_t n)
{
	it->rest = str_from(it->rest, n);
	it->offset += n;
}

void
header_iter_init(struct header_iter *it, struct str text)
{
	*it = (struct header_iter){ .rest = text };
}

int
header_next(struct header_iter *it, struct header_field *out)
{
	struct str s = it->rest;
	size_t name, colon, line = line_length(s);

	if (line == line_end_length(str_part(s, 0, line))) { /* empty line, or nothing */
		it->has_blank_line = line != 0;
		take(it, line);
		return 0;
	}
	name = colon = name_length(s);
	while (colon < s.n && is_blank(s.p[colon]))
		colon++;
	if (name == 0 || colon == s.n || s.p[colon] != ':')
		return ERR_SYNTAX;
	out->name = str_part(s, 0, name);
	out->whole = str_part(s, 0, field_length(s));
	out->value = str_from(out->whole, colon + 1);
	out->value.n -= line_end_length(out->value);
	take(it, out->whole.n);
	return 1;
}

int
header_unfold(struct str value, struct buf *out)
{
	struct str line;

	buf_clear(out);
	value = str_trim(value);
	while (value.n != 0) {
		line = str_part(value, 0, line_length(value));
		value = str_from(value, line.n);
		line.n -= line_end_length(line);
		if (buf_add(out, line) < 0)
			return ERR_TOO_LONG;
	}
	return 0;
}
