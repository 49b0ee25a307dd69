/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
 * RFC 2047, section 2. Only the Q encoding: names are mostly letters, and stay readable.
 */
#include "lib/mail/encoded_word.h"

#include "lib/base/err.h"

#define WORD_START   STR("=?utf-8?Q?")
#define WORD_END     STR("?=")
#define WORD_BETWEEN STR("?=\r\n =?utf-8?Q?")
#define TEXT_MAX     (75 - 10 - 2) /* what a word may hold beside its frame */

/* Length of the UTF-8 sequence that begins s; 0: it is none. */
static size_t
sequence_length(struct str s)
{
	for (size_t n = 1; n <= 4 && n <= s.n; n++) {
		if (str_is_utf8(str_part(s, 0, n)))
			return n;
	}
	return 0;
}

/* What may stand for itself in a phrase, section 5 (3). */
static bool
is_literal(char c)
{
	return char_is_alnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

/* Encodes one sequence. Answers the number of characters. */
static size_t
encode(struct str sequence, char text[16])
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < sequence.n; i++) {
		unsigned char c = (unsigned char)sequence.p[i];

		if (is_literal((char)c)) {
			text[n++] = (char)c;
		} else if (c == ' ') {
			text[n++] = '_';
		} else {
			text[n++] = '=';
			text[n++] = hex[c >> 4];
			text[n++] = hex[c & 15];
		}
	}
	return n;
}

static int
add_words(struct str text, struct buf *out)
{
	size_t n, length, used = 0;
	char piece[16];

	if (buf_add(out, WORD_START) < 0)
		return ERR_TOO_LONG;
	for (; text.n != 0; text = str_from(text, length)) {
		length = sequence_length(text);
		if (length == 0 || (length == 1 && str_has_control(str_part(text, 0, 1)))) {
			length = 1;
			n = encode(STR("?"), piece);
		} else {
			n = encode(str_part(text, 0, length), piece);
		}
		if (used + n > TEXT_MAX) {
			used = 0;
			if (buf_add(out, WORD_BETWEEN) < 0)
				return ERR_TOO_LONG;
		}
		used += n;
		if (buf_add(out, str_make(piece, n)) < 0)
			return ERR_TOO_LONG;
	}
	return buf_add(out, WORD_END);
}

int
encoded_word_add(struct str text, struct buf *out)
{
	size_t before = out->n;
	int result = add_words(text, out);

	if (result < 0)
		buf_cut(out, before);
	return result;
}
