/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/expansion_filter.h"

#include <string.h>

/* What stands behind a backslash: up to three octal digits, or the character of "\t" and others. */
static unsigned char
take_escape(const char **p)
{
	static const char names[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
	const char *found;
	unsigned octal = 0;
	int digits = 0;

	for (; digits < 3 && **p >= '0' && **p <= '7'; digits++)
		octal = octal * 8 + (unsigned)(*(*p)++ - '0');
	if (digits != 0)
		return (unsigned char)octal;
	if (**p == '\0')
		return '\\';
	found = strchr(names, *(*p)++);
	return (unsigned char)(found != NULL ? values[found - names] : (*p)[-1]);
}

void
expansion_filter_init(struct expansion_filter *f, const char *escaped)
{
	unsigned char c;

	*f = (struct expansion_filter){ .allowed = { false } };
	while (*escaped != '\0') {
		c = (unsigned char)*escaped++;
		if (c == '\\')
			c = take_escape(&escaped);
		f->allowed[c] = true;
	}
}

struct str
expansion_filter_apply(const struct expansion_filter *f, struct buf *text)
{
	for (size_t i = 0; i < text->n; i++) {
		if (!f->allowed[(unsigned char)text->p[i]])
			text->p[i] = '_';
	}
	return buf_str(text);
}
