/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/server_reply.h"

#include "lib/base/err.h"
#include "lib/base/num.h"

#define SHOWN(s)   (int)((s).n < 100 ? (s).n : 100), (s).p
#define DIGITS_MAX 10

/* --- tcp ----------------------------------------------------------------------------------- */

int
tcp_add_encoded(struct str text, struct buf *out)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c > ' ' && c < 0x7f && c != '%')
			result = buf_add_byte(out, (char)c);
		else
			result = buf_addf(out, "%%%02X", c);
	}
	return result;
}

static int
add_decoded(struct str text, struct buf *out, struct why *why)
{
	for (size_t i = 0; i < text.n; i++) {
		uint64_t byte = (unsigned char)text.p[i];

		if (text.p[i] == '%') {
			if (num_parse_base(str_part(text, i + 1, 2), 16, 0xff, &byte) < 0 ||
			    i + 2 >= text.n) {
				why_set(why, "the server's reply has a \"%%\" without two digits");
				return ERR_PROTOCOL;
			}
			i += 2;
		}
		if (buf_add_byte(out, (char)byte) < 0) {
			why_set(why, "the value is too long");
			return ERR_TOO_LONG;
		}
	}
	return 1;
}

/*
 * reply = code SP text;	code = "200" (found) / "400" (try again) / "500" (not found)
 */
int
tcp_read_reply(struct str line, struct buf *value, struct why *why)
{
	struct str text = str_from(line, 4);

	if (str_starts(line, STR("200 ")))
		return add_decoded(text, value, why);
	if (str_starts(line, STR("500 ")) || str_equal(line, STR("500")))
		return 0;
	if (str_starts(line, STR("400 ")) || str_equal(line, STR("400"))) {
		why_set(why, "the server says: %.*s", SHOWN(text));
		return ERR_TEMPORARY;
	}
	why_set(why, "the server's reply is none: \"%.*s\"", SHOWN(line));
	return ERR_PROTOCOL;
}

/* --- socketmap ----------------------------------------------------------------------------- */

/*
 * reply = "OK" SP data / "NOTFOUND" SP / ("TEMP" / "TIMEOUT" / "PERM") SP reason
 */
int
socketmap_read_reply(struct str reply, struct buf *value, struct why *why)
{
	static const struct str failures[] = { STR_INIT("TEMP"), STR_INIT("TIMEOUT"),
		STR_INIT("PERM") };
	size_t blank = str_index(reply, ' ');
	struct str word = str_part(reply, 0, blank);

	if (str_equal(word, STR("OK")) && blank < reply.n) {
		if (buf_add(value, str_from(reply, blank + 1)) == 0)
			return 1;
		why_set(why, "the value is too long");
		return ERR_TOO_LONG;
	}
	if (str_equal(word, STR("NOTFOUND")))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		if (str_equal(word, failures[i])) {
			why_set(why, "the server says: %.*s", SHOWN(reply));
			return ERR_TEMPORARY;
		}
	}
	why_set(why, "the server's reply is none: \"%.*s\"", SHOWN(reply));
	return ERR_PROTOCOL;
}

/* netstring = length ":" bytes ","; a length has no zero in front, unless it is "0" */
int
netstring_read_head(struct str bytes, size_t max, size_t *length, struct why *why)
{
	struct str head = str_part(bytes, 0, DIGITS_MAX + 1);
	size_t colon = str_index(head, ':');
	struct str digits = str_part(head, 0, colon);
	uint64_t number;

	if (digits.n != 0 && (num_parse(digits, UINT64_MAX, &number) < 0 || digits.n > DIGITS_MAX ||
	                         (digits.n > 1 && digits.p[0] == '0'))) {
		why_set(
		    why, "the server's reply does not begin with a length: \"%.*s\"", SHOWN(head));
		return ERR_PROTOCOL;
	}
	if (colon == head.n)
		return 0;
	if (digits.n == 0) {
		why_set(why, "the server's reply begins with an empty length");
		return ERR_PROTOCOL;
	}
	if (number > max) {
		why_set(why, "the server's reply has %llu bytes, and at most %zu are taken",
		    (unsigned long long)number, max);
		return ERR_TOO_LONG;
	}
	*length = (size_t)number;
	return (int)colon + 1;
}
