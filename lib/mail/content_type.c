/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	content   = "Content-Type" ":" type "/" subtype *(";" parameter)
 *	parameter = attribute "=" value;  value = token / quoted-string
 *	encoding  = "Content-Transfer-Encoding" ":" mechanism
 * RFC 2045, sections 5.1 and 6.1; with comments and folds between all of these, RFC 822, section 3.
 */
#include "lib/mail/content_type.h"

#include "lib/base/err.h"

static bool
is_token_byte(char c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* Skips blanks, folds and comments, which may nest. */
static void
skip_blanks(struct str *s)
{
	size_t depth = 0;

	while (s->n != 0) {
		char c = s->p[0];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0 && s->n > 1)
			*s = str_from(*s, 1);
		else if (depth == 0 && !char_is_space(c))
			return;
		*s = str_from(*s, 1);
	}
}

struct str
content_type_token(struct str *s)
{
	struct str token;
	size_t n = 0;

	skip_blanks(s);
	while (n < s->n && is_token_byte(s->p[n]))
		n++;
	token = str_part(*s, 0, n);
	*s = str_from(*s, n);
	skip_blanks(s);
	return token;
}

static bool
take_special(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* A token or quoted-string, as far as it fits; what a boundary is made of. */
static void
take_value(struct str *s, struct buf *out)
{
	bool quoted;

	buf_clear(out);
	skip_blanks(s);
	quoted = take_special(s, '"');
	while (s->n != 0 && (quoted ? s->p[0] != '"' : is_token_byte(s->p[0]))) {
		if (quoted && s->p[0] == '\\' && s->n > 1)
			*s = str_from(*s, 1);
		(void)!buf_add_byte(out, s->p[0]);
		*s = str_from(*s, 1);
	}
	(void)take_special(s, '"');
	skip_blanks(s);
}

/* *value is the first parameter of this name; empty: there is none. */
void
content_type_parameter(struct str s, struct str name, struct buf *value)
{
	buf_clear(value);
	while (s.n != 0) {
		struct str found;

		s = str_from(s, str_index(s, ';') + 1);
		found = content_type_token(&s);
		if (!take_special(&s, '='))
			continue;
		take_value(&s, value);
		if (str_equal_nocase(found, name))
			return;
		buf_clear(value);
	}
}

struct str
content_type_take(struct str *value, struct str *subtype)
{
	struct str type = content_type_token(value);

	*subtype = take_special(value, '/') ? content_type_token(value) : STR_NONE;
	return type;
}
