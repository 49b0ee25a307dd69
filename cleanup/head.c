/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/head.h"

#include "lib/base/err.h"
#include "lib/mail/header.h"

static int
insert(struct buf *b, size_t at, struct str text)
{
	char *end = buf_reserve(b, text.n);

	if (end == NULL)
		return ERR_TOO_LONG;
	buf_grow(b, text.n);
	memmove(b->p + at + text.n, b->p + at, b->n - text.n - at);
	memcpy(b->p + at, text.p, text.n);
	return 0;
}

/* *">" "From ": how mailbox files begin a message, and escape what looks so. */
static bool
is_from_line(struct str line)
{
	size_t i = 0;

	while (i < line.n && line.p[i] == '>')
		i++;
	return str_starts(str_from(line, i), STR("From "));
}

int
head_mask_from(struct buf *content, size_t from)
{
	const struct str name = STR("X-Mailbox-Line: ");
	size_t at = from;

	for (;;) {
		struct str rest = str_from(buf_str(content), at);
		size_t length = str_index(rest, '\n');

		if (length == rest.n)
			return 0;
		/* What was masked by an earlier call is passed over. */
		if (!str_starts(rest, name)) {
			if (!is_from_line(str_part(rest, 0, length)))
				return 0;
			if (insert(content, at, name) < 0)
				return ERR_TOO_LONG;
			length += name.n;
		}
		at += length + 1;
	}
}

int
head_part_from_ours(struct buf *content, size_t from)
{
	if (content->n == from || (content->p[from] != ' ' && content->p[from] != '\t'))
		return 0;
	return insert(content, from, STR("\r\n"));
}

bool
head_is_whole(struct str text)
{
	struct str lines = str_part(text, 0, 0);
	struct header_field field;
	struct header_iter it;
	size_t last = str_rindex(text, '\n');
	int result;

	if (last < text.n)
		lines = str_part(text, 0, last + 1);
	header_iter_init(&it, lines);
	do
		result = header_next(&it, &field);
	while (result > 0);
	return result < 0 || it.has_blank_line;
}
