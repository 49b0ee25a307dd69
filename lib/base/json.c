/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/json.h"

static bool
is_special(char c)
{
	return c == '"' || c == '\\';
}

/* Bytes at the start of s that may stand as they are. */
static size_t
plain_length(struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		size_t length = str_utf8_length(str_from(s, i));

		if (length == 0 || (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ||
		    is_special(s.p[i]))
			return i;
		i += length;
	}
	return i;
}

int
json_add_text(struct str text, struct buf *out)
{
	int result = buf_add_byte(out, '"');

	while (text.n != 0 && result == 0) {
		size_t n = plain_length(text);

		result = buf_add(out, str_part(text, 0, n));
		text = str_from(text, n);
		if (text.n == 0 || result < 0)
			break;
		if (is_special(text.p[0]))
			result = buf_addf(out, "\\%c", text.p[0]);
		else
			result = buf_add_byte(out, '?');
		text = str_from(text, 1);
	}
	return result < 0 ? result : buf_add_byte(out, '"');
}
