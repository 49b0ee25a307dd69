/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/source.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"

#define SHOWN(s) (int)((s).n < 60 ? (s).n : 60), (s).p

void
source_init(struct source *s, enum source_kind kind, struct str text)
{
	*s = (struct source){ .kind = kind, .lines = LOGICAL_INIT(text) };
	buf_init(&s->key, text.n);
}

void
source_drop(struct source *s)
{
	logical_drop(&s->lines);
	buf_drop(&s->key);
}

/*
 * The end of a key: the first byte of `ends` outside quotes, where a backslash takes the next byte
 * with it. text.n + 1: a quote is open.
 */
static size_t
key_length(struct str text, const char *ends)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n)
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && text.p[i] != '\0' && strchr(ends, text.p[i]) != NULL)
			break;
	}
	return quoted ? text.n + 1 : i;
}

static int
split_map_entry(struct str text, struct str *key, struct str *value, struct why *why)
{
	size_t length = key_length(text, " \t\r\n\v\f");

	if (length > text.n) {
		why_set(why, "a quote has no end in \"%.*s\"", SHOWN(text));
		return ERR_SYNTAX;
	}
	*key = str_part(text, 0, length);
	*value = str_trim(str_from(text, length));
	if (value->n != 0)
		return 1;
	why_set(why, "a key, blanks and a value are expected, not \"%.*s\"", SHOWN(text));
	return ERR_SYNTAX;
}

/* Without the quotes around it and the backslashes within; false: not one word. */
static bool
unquote(struct str name, struct buf *out)
{
	bool quoted = false;

	buf_clear(out);
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '\\' && i + 1 < name.n) {
			i++;
		} else if (name.p[i] == '"') {
			quoted = !quoted;
			continue;
		} else if (!quoted && char_is_space(name.p[i])) {
			return false;
		}
		BUG_ON(buf_add_byte(out, name.p[i]) < 0);
	}
	return out->n != 0;
}

static int
split_alias(struct source *s, struct str text, struct str *key, struct str *value, struct why *why)
{
	size_t length = key_length(text, ":");

	if (length >= text.n) {
		why_set(why, "\"name: value\" is expected, not \"%.*s\"", SHOWN(text));
		return ERR_SYNTAX;
	}
	if (!unquote(str_trim(str_part(text, 0, length)), &s->key)) {
		why_set(why, "one name is expected before the \":\" in \"%.*s\"", SHOWN(text));
		return ERR_SYNTAX;
	}
	*key = buf_str(&s->key);
	*value = str_trim(str_from(text, length + 1));
	if (value->n != 0)
		return 1;
	why_set(why, "a value is expected after \"%.*s\"", SHOWN(text));
	return ERR_SYNTAX;
}

int
source_next(struct source *s, struct str *key, struct str *value, struct why *why)
{
	struct str text;

	if (!logical_next(&s->lines))
		return 0;
	text = s->lines.text;
	s->line = s->lines.line;
	if (s->lines.indented) {
		why_set(why, "this line begins with a blank, and there is none that it continues");
		return ERR_SYNTAX;
	}
	if (memchr(text.p, '\0', text.n) != NULL) {
		why_set(why, "a NUL byte in \"%.*s\"", SHOWN(text));
		return ERR_SYNTAX;
	}
	if (s->kind == SOURCE_ALIASES)
		return split_alias(s, text, key, value, why);
	return split_map_entry(text, key, value, why);
}
