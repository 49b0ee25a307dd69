/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	qp-line := *(qp-segment transport-padding CRLF) qp-part transport-padding
 *	ptext   := hex-octet / safe-char;  hex-octet := "=" 2(DIGIT / "A" / … / "F")
 * RFC 2045, section 6.7: at most 76 characters in a line; blanks at the end of a line are encoded; line
 * ends stay. A line that would be "." or begin "From " cannot come out of this by chance: these bytes are
 * not changed, since the lines were lines before.
 */
#include "lib/mail/quoted_printable.h"

#define LINE_MAX_ 76

static int
put(struct quoted_printable *q, const char *text, unsigned n, struct buf *out)
{
	int result = 0;

	if (q->column + n > LINE_MAX_ - 1) {
		result = buf_add(out, STR("=\r\n"));
		q->column = 0;
	}
	q->column += n;
	return result < 0 ? result : buf_add(out, str_make(text, n));
}

static int
put_encoded(struct quoted_printable *q, char c, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	const char text[3] = { '=', digits[(unsigned char)c >> 4], digits[c & 15] };

	return put(q, text, 3, out);
}

/* What was held turns out not to end a line; or it does, and a blank must be seen. */
static int
release(struct quoted_printable *q, bool at_end, struct buf *out)
{
	char c = q->held;

	q->held = '\0';
	if (c == '\0')
		return 0;
	return at_end || c == '\r' ? put_encoded(q, c, out) : put(q, &c, 1, out);
}

static int
end_line(struct quoted_printable *q, struct buf *out)
{
	int result = q->held == '\r' ? 0 : release(q, true, out);

	q->held = '\0';
	q->column = 0;
	return result < 0 ? result : buf_add(out, STR("\r\n"));
}

static int
add_byte(struct quoted_printable *q, char c, struct buf *out)
{
	bool was_blank = q->held == ' ' || q->held == '\t';
	int result;

	if (c == '\n')
		return end_line(q, out);
	/* A blank before CR may stand before the end of the line. */
	result = release(q, c == '\r' && was_blank, out);
	if (result < 0)
		return result;
	if (c == ' ' || c == '\t' || c == '\r') {
		q->held = c;
		return 0;
	}
	return c == '=' || c < ' ' || c > '~' ? put_encoded(q, c, out) : put(q, &c, 1, out);
}

int
quoted_printable_add(struct quoted_printable *q, struct str text, struct buf *out)
{
	int result = 0;

	for (size_t i = 0; i < text.n && result == 0; i++)
		result = add_byte(q, text.p[i], out);
	return result;
}

int
quoted_printable_end(struct quoted_printable *q, struct buf *out)
{
	int result = release(q, true, out);

	*q = (struct quoted_printable)QUOTED_PRINTABLE_INIT;
	return result;
}
