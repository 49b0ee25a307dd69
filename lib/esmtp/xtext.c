/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	xtext   = *( xchar / hexchar )
 *	xchar   = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "="
 *	hexchar = ASCII "+" immediately followed by two upper case hexadecimal digits
 * RFC 3461, section 4; UTF-8 besides in SMTPUTF8 sessions: RFC 6533, section 3. Digits in lower case
 * are taken. Text is decoded where it comes in, and everything behind works on what it means.
 */
#include "lib/esmtp/xtext.h"

#include "lib/base/err.h"

static int
hex_value(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_utf8_byte(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool
is_xchar(char c)
{
	return (c >= 33 && c <= 126 && c != '+' && c != '=') || is_utf8_byte(c);
}

/* The byte that "+XX" stands for; -1: none, or one that may not be. */
static int
hexchar_value(struct str s)
{
	int high, low, value;

	if (s.n < 3 || s.p[0] != '+')
		return -1;
	high = hex_value(s.p[1]);
	low = hex_value(s.p[2]);
	if (high < 0 || low < 0)
		return -1;
	value = high * 16 + low;
	return value >= ' ' && value != 0x7f ? value : -1;
}

static int
decode(struct str xtext, struct buf *out)
{
	size_t i = 0;
	int value;

	while (i < xtext.n) {
		if (is_xchar(xtext.p[i])) {
			value = (unsigned char)xtext.p[i++];
		} else {
			value = hexchar_value(str_from(xtext, i));
			if (value < 0)
				return ERR_SYNTAX;
			i += 3;
		}
		if (buf_add_byte(out, (char)value) < 0)
			return ERR_TOO_LONG;
	}
	return 0;
}

int
xtext_decode(struct str xtext, struct buf *out)
{
	size_t before = out->n;
	int result = decode(xtext, out);

	if (result < 0)
		buf_cut(out, before);
	return result;
}

int
xtext_encode(struct str text, bool keep_utf8, struct buf *out)
{
	size_t before = out->n;
	int result = 0;

	for (size_t i = 0; i < text.n && result == 0; i++) {
		char c = text.p[i];

		if (is_xchar(c) && (keep_utf8 || !is_utf8_byte(c)))
			result = buf_add_byte(out, c);
		else
			result = buf_addf(out, "+%02X", (unsigned char)c);
	}
	if (result < 0)
		buf_cut(out, before);
	return result;
}
