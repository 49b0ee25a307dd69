/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/config/logical.h"

#include "lib/base/bug.h"

/*
 * One pass over the physical lines, which are joined as they stand, the blanks that make a line a
 * continuation included. The view of the input from a logical line's first byte to its last is kept
 * beside the joined text: who edits a file replaces that view and leaves all other bytes alone.
 */

static struct str
take_line(struct str *rest)
{
	size_t end = str_index(*rest, '\n');
	struct str line = str_part(*rest, 0, end);

	*rest = str_from(*rest, end + 1);
	return line;
}

static bool
is_ignored(struct str line)
{
	struct str text = str_trim(line);

	return text.n == 0 || text.p[0] == '#';
}

static bool
is_continuation(struct str line)
{
	return line.n != 0 && char_is_space(line.p[0]);
}

static void
append(struct logical *l, struct str line)
{
	int result = buf_add(&l->joined, line);

	BUG_ON(result < 0); /* the whole input fits */
	l->span.n = (size_t)(line.p + line.n - l->span.p);
}

/* Moves to the first line that counts. False when there is none. */
static bool
take_first(struct logical *l)
{
	while (l->rest.n != 0) {
		struct str line = take_line(&l->rest);

		l->line = l->next_line++;
		if (is_ignored(line))
			continue;
		l->indented = is_continuation(line);
		l->span = line;
		append(l, line);
		return true;
	}
	return false;
}

static void
take_continuations(struct logical *l)
{
	while (l->rest.n != 0) {
		struct str rest = l->rest;
		struct str line = take_line(&rest);

		if (!is_ignored(line)) {
			if (!is_continuation(line))
				return;
			append(l, line);
		}
		l->rest = rest;
		l->next_line++;
	}
}

bool
logical_next(struct logical *l)
{
	buf_clear(&l->joined);
	if (!take_first(l))
		return false;
	take_continuations(l);
	l->text = str_trim(buf_str(&l->joined));
	return true;
}

void
logical_drop(struct logical *l)
{
	buf_drop(&l->joined);
}
