/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 * RFC 5321, section 4.2; with the enhanced code first in the textstring of each line: RFC 2034,
 * section 4. The words often quote what the client said, so whatever goes into a reply is cleaned
 * there: a line break from a client could otherwise forge a reply.
 */
#include "lib/esmtp/reply.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/num.h"

static const struct row {
	int code;
	struct str dsn;
	const char *text;
} rows[] = {
	{ 0, STR_INIT(""), "" },
#define REPLY(name, code, dsn, text) { (code), STR_INIT(dsn), (text) },
#include "lib/esmtp/reply.def"
#undef REPLY
};

static void
append(struct reply *r, struct str words)
{
	size_t n = strlen(r->text);

	for (size_t i = 0; i < words.n && n < REPLY_TEXT_MAX; i++) {
		unsigned char c = (unsigned char)words.p[i];

		r->text[n++] = c < ' ' || c == 0x7f ? '?' : (char)c;
	}
	r->text[n] = '\0';
}

static void
append_line_break(struct reply *r)
{
	size_t n = strlen(r->text);

	if (n != 0 && n < REPLY_TEXT_MAX)
		memcpy(r->text + n, "\n", 2);
}

void
reply_set(struct reply *r, enum reply_id id)
{
	reply_fill_from(r, id, NULL, 0);
}

void
reply_fill_from(struct reply *r, enum reply_id id, const struct str *values, size_t count)
{
	const struct row *row = &rows[id];
	struct str text, part;
	size_t used = 0, at;

	BUG_ON(id <= REPLY_NONE || id >= REPLY_COUNT);
	r->code = row->code;
	r->dsn = DSN_NONE;
	BUG_ON(row->dsn.n != 0 && dsn_parse(row->dsn, &r->dsn) < 0);
	r->text[0] = '\0';
	text = str_of(row->text);
	for (;;) {
		at = str_find(text, STR("{}"));
		part = str_part(text, 0, at);
		append(r, part);
		if (at == text.n)
			break;
		BUG_ON(used == count);
		append(r, values[used++]);
		text = str_from(text, at + 2);
	}
	BUG_ON(used != count);
}

void
reply_set_about(struct reply *r, enum reply_id id, struct str about)
{
	struct str text = str_of(rows[id].text);

	reply_fill_from(r, id, &about, str_find(text, STR("{}")) < text.n ? 1 : 0);
}

void
reply_add_words(struct reply *r, struct str words)
{
	append(r, words);
}

void
reply_add_line(struct reply *r, struct str line)
{
	append_line_break(r);
	append(r, line);
}

void
reply_make(struct reply *r, int code, struct str dsn, struct str text)
{
	struct dsn given = DSN_NONE;
	struct str line;

	r->code = code >= 200 && code <= 599 ? code : 451;
	if (dsn_parse(dsn, &given) < 0 || !dsn_fits(&given, r->code))
		given = dsn_of_code(r->code);
	r->dsn = given;
	r->text[0] = '\0';
	text = str_trim(text);
	while (str_split(&text, '\n', &line)) {
		if (line.n != 0 && line.p[line.n - 1] == '\r')
			line.n--;
		reply_add_line(r, line);
	}
}

int
reply_parse(struct str text, struct reply *out)
{
	struct dsn dsn = DSN_NONE;
	uint64_t code = 0;
	struct str rest = str_from(text, 3);

	if (num_parse(str_part(text, 0, 3), 599, &code) < 0 || code < 200 ||
	    (rest.n != 0 && rest.p[0] != ' '))
		return ERR_SYNTAX;
	rest = str_trim(rest);
	dsn_take(&rest, &dsn);
	reply_make(out, (int)code, dsn_str(&dsn), rest);
	return 0;
}

/* How many bytes of the text go on one line: as many as fit, up to a blank where there is one. */
static size_t
break_at(struct str text, size_t room)
{
	size_t blank;

	if (text.n <= room)
		return text.n;
	blank = str_rindex(str_part(text, 0, room), ' ');
	return blank < room && blank != 0 ? blank : room;
}

static int
add_line(const struct reply *r, bool last, struct str line, struct buf *out)
{
	const char *separator = r->dsn.text[0] != '\0' && line.n != 0 ? " " : "";

	return buf_addf(out, "%03d%c%s%s%.*s\r\n", r->code, last ? ' ' : '-', r->dsn.text,
	    separator, STR_ARG(line));
}

/* One line of the words, as as many lines as it takes. */
static int
render_line(const struct reply *r, bool last, struct str line, struct buf *out)
{
	size_t room = REPLY_LINE_MAX - strlen("250 ") - strlen("\r\n") - DSN_LENGTH_MAX - 1;
	struct str piece;
	int result;

	do {
		piece = str_part(line, 0, break_at(line, room));
		line = str_from(line, piece.n);
		if (line.n != 0 && line.p[0] == ' ')
			line = str_from(line, 1);
		result = add_line(r, last && line.n == 0, piece, out);
	} while (line.n != 0 && result == 0);
	return result;
}

int
reply_render(const struct reply *r, struct buf *out)
{
	struct str rest = str_of(r->text), line;
	size_t before = out->n;

	while (str_split(&rest, '\n', &line)) {
		if (render_line(r, rest.p == NULL, line, out) < 0) {
			buf_cut(out, before);
			return ERR_TOO_LONG;
		}
	}
	return 0;
}

int
reply_words(const struct reply *r, struct buf *out)
{
	const char *separator = r->dsn.text[0] != '\0' ? " " : "";
	size_t before = out->n;

	if (buf_addf(out, "%03d%s%s %s", r->code, separator, r->dsn.text, r->text) < 0)
		return ERR_TOO_LONG;
	for (size_t i = before; i < out->n; i++) {
		if (out->p[i] == '\n')
			out->p[i] = ' ';
	}
	return 0;
}
