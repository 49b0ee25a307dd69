/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/trace_headers.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"

#define LINE_MAX_KEPT ((size_t)2048) /* a longer line is no Delivered-To of ours */

static const struct str delivered_to = { "Delivered-To:", 13 };

int
trace_headers_add_address(struct buf *out, struct str internal)
{
	struct address a = address_from_internal(internal);

	return address_add_external(&a, out);
}

static int
add_header(struct buf *out, const char *before, struct str address, const char *after)
{
	size_t start = out->n;
	int result = buf_addf(out, "%s", before);

	if (result == 0)
		result = trace_headers_add_address(out, address);
	if (result == 0)
		result = buf_addf(out, "%s\r\n", after);
	if (result < 0)
		buf_cut(out, start);
	return result;
}

int
trace_headers_add_delivered(struct buf *out, struct str recipient)
{
	return add_header(out, "Delivered-To: ", recipient, "");
}

struct str
trace_headers_original(struct str original)
{
	size_t semicolon = str_index(original, ';');

	if (str_starts_nocase(original, STR("rfc822;")) ||
	    str_starts_nocase(original, STR("utf-8;")))
		return str_from(original, semicolon + 1);
	return original;
}

int
trace_headers_add(struct buf *out, struct str sender, struct str original, struct str recipient)
{
	struct str first = trace_headers_original(original);
	size_t start = out->n;
	int result = add_header(out, "Return-Path: <", sender, ">");

	if (result == 0)
		result = add_header(out, "X-Original-To: ", first.n != 0 ? first : recipient, "");
	if (result == 0 && recipient.n != 0)
		result = trace_headers_add_delivered(out, recipient);
	if (result < 0)
		buf_cut(out, start);
	return result;
}

/* --- Loops --------------------------------------------------------------------------------- */

struct search {
	struct str wanted; /* the address in external form */
	struct buf line;   /* so far, without its end; cut at LINE_MAX_KEPT */
	bool is_over;      /* the header has ended */
	bool found;
};

static void
end_line(struct search *s)
{
	struct str line = buf_str(&s->line);

	if (str_ends(line, STR("\r")))
		line.n--;
	if (line.n == 0)
		s->is_over = true;
	if (str_starts_nocase(line, delivered_to))
		s->found = str_equal_nocase(str_trim(str_from(line, delivered_to.n)), s->wanted);
	buf_clear(&s->line);
}

static void
search_piece(struct search *s, struct str piece)
{
	while (piece.n != 0 && !s->is_over && !s->found) {
		size_t end = str_index(piece, '\n');
		struct str part = str_part(piece, 0, end);

		BUG_ON(buf_add(&s->line, str_part(part, 0, LINE_MAX_KEPT - s->line.n)) < 0);
		if (end < piece.n)
			end_line(s);
		piece = str_from(piece, end + 1);
	}
}

int
trace_headers_find_delivered(const struct content *c, struct str recipient)
{
	AUTO(buf) wanted = BUF_INIT(TRACE_HEADERS_MAX);
	struct search s = { .line = BUF_INIT(LINE_MAX_KEPT) };
	struct content_reader r;
	struct str piece;
	int result;

	result = trace_headers_add_address(&wanted, recipient);
	if (result < 0)
		return result;
	s.wanted = buf_str(&wanted);
	content_start(&r, c);
	do {
		result = content_next(&r, &piece);
		if (result > 0)
			search_piece(&s, piece);
	} while (result > 0 && !s.is_over && !s.found && r.done < TRACE_SEARCH_MAX);
	if (result == 0)
		end_line(&s);
	content_stop(&r);
	buf_drop(&s.line);
	return result < 0 ? result : s.found;
}
