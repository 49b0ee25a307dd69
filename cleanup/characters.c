/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/characters.h"

/* Up to three octal digits. */
static unsigned char
take_octal(struct str *s)
{
	unsigned value = 0;

	for (int i = 0; i < 3 && s->n != 0 && s->p[0] >= '0' && s->p[0] <= '7'; i++) {
		value = value * 8 + (unsigned)(s->p[0] - '0');
		*s = str_from(*s, 1);
	}
	return (unsigned char)value;
}

static unsigned char
take_escape(struct str *s)
{
	static const char names[] = "abfnrtv", bytes[] = "\a\b\f\n\r\t\v";
	const char *found;
	char c;

	if (s->n != 0 && s->p[0] >= '0' && s->p[0] <= '7')
		return take_octal(s);
	c = s->n != 0 ? s->p[0] : '\\';
	*s = str_from(*s, 1);
	found = c != '\0' ? strchr(names, c) : NULL;
	return (unsigned char)(found != NULL ? bytes[found - names] : c);
}

struct characters
characters_parse(struct str text)
{
	struct characters c = { .any = text.n != 0 };

	while (text.n != 0) {
		unsigned char byte = (unsigned char)text.p[0];

		text = str_from(text, 1);
		c.has[byte == '\\' ? take_escape(&text) : byte] = true;
	}
	return c;
}

size_t
characters_find(const struct characters *c, struct str s)
{
	size_t i = 0;

	while (i < s.n && !c->has[(unsigned char)s.p[i]])
		i++;
	return i;
}

int
characters_strip(const struct characters *c, struct str s, struct buf *out)
{
	int result = 0;

	while (s.n != 0 && result == 0) {
		size_t n = characters_find(c, s);

		result = buf_add(out, str_part(s, 0, n));
		s = str_from(s, n + 1);
	}
	return result;
}
