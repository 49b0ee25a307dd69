/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message comes in pieces of any size, so a CR may be in one and its LF in the next, and so may
 * the five bytes of "From ": what is not decided at the end of a piece is kept as two small numbers,
 * not as bytes. Between line ends, bytes are found by memchr() and moved in spans.
 */
#include "local/copy.h"

#include "lib/base/bug.h"
#include "lib/sys/file.h"

#define OUT_MAX  ((size_t)64 * 1024)
#define FLUSH_AT ((size_t)32 * 1024)

static const struct str from_line = { "From ", 5 };

void
copy_start(struct copy *c, int fd, bool is_mbox)
{
	*c = (struct copy){ .fd = fd, .is_mbox = is_mbox, .at_start = true };
	buf_init(&c->out, OUT_MAX);
}

static void
flush(struct copy *c)
{
	if (c->failed == 0)
		c->failed = sys_write_all(c->fd, buf_str(&c->out));
	c->written += c->out.n;
	buf_clear(&c->out);
}

static void
emit(struct copy *c, struct str s)
{
	while (s.n != 0) {
		struct str part = str_part(s, 0, OUT_MAX - c->out.n);

		BUG_ON(buf_add(&c->out, part) < 0);
		s = str_from(s, part.n);
		if (c->out.n >= FLUSH_AT)
			flush(c);
	}
}

/* Bytes of a line that hold no line end. */
static void
emit_in_line(struct copy *c, struct str s)
{
	if (s.n == 0)
		return;
	if (c->is_mbox && c->at_start) {
		while (s.n != 0 && c->from < from_line.n && s.p[0] == from_line.p[c->from]) {
			c->from++;
			s = str_from(s, 1);
		}
		if (s.n == 0 && c->from < from_line.n)
			return;
		if (c->from == from_line.n)
			emit(c, STR(">"));
		emit(c, str_part(from_line, 0, c->from));
		c->from = 0;
	}
	c->at_start = false;
	emit(c, s);
}

/* The line may have ended within "From ". */
static void
end_line(struct copy *c)
{
	emit(c, str_part(from_line, 0, c->from));
	c->from = 0;
	emit(c, STR("\n"));
	c->at_start = true;
}

void
copy_add(struct copy *c, struct str piece)
{
	while (piece.n != 0) {
		size_t end = str_index(piece, '\n');
		struct str line = str_part(piece, 0, end);

		if (c->cr && line.n != 0)
			emit_in_line(c, STR("\r"));
		if (line.n != 0) {
			c->cr = line.p[line.n - 1] == '\r';
			emit_in_line(c, str_part(line, 0, line.n - c->cr));
		}
		if (end < piece.n) {
			end_line(c);
			c->cr = false;
		}
		piece = str_from(piece, end + 1);
	}
}

void
copy_add_raw(struct copy *c, struct str text)
{
	BUG_ON(!c->at_start || c->cr || c->from != 0);
	emit(c, text);
}

int
copy_finish(struct copy *c)
{
	if (c->cr)
		emit_in_line(c, STR("\r"));
	emit(c, str_part(from_line, 0, c->from));
	if (c->is_mbox && (!c->at_start || c->from != 0))
		emit(c, STR("\n"));
	if (c->is_mbox)
		emit(c, STR("\n"));
	flush(c);
	buf_drop(&c->out);
	return c->failed;
}
