/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/base64.h"

#include "lib/base/err.h"

#define GROUP 4

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
base64_encode(struct str bytes, struct buf *out)
{
	size_t length = bytes.n <= SIZE_MAX / 2 ? (bytes.n + 2) / 3 * GROUP : SIZE_MAX;
	char *p = buf_reserve(out, length);

	if (bytes.n == 0)
		return 0;
	if (p == NULL)
		return ERR_TOO_LONG;
	for (size_t i = 0; i < bytes.n; i += 3) {
		struct str part = str_part(bytes, i, 3);
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < part.n ? (unsigned char)part.p[k] : 0);
		for (size_t k = 0; k < GROUP; k++)
			*p++ = k <= part.n ? letters[bits >> (18 - 6 * k) & 63] : '=';
	}
	buf_grow(out, length);
	return 0;
}

static int
value_of(char c)
{
	const char *at = c != '\0' ? strchr(letters, c) : NULL;

	return at != NULL ? (int)(at - letters) : -1;
}

/* How many bytes four letters are; -1: they are none. */
static int
decode_group(const char *p, bool is_last, unsigned char bytes[3])
{
	int count = 3;
	uint32_t bits = 0;

	if (is_last && p[3] == '=')
		count = p[2] == '=' ? 1 : 2;
	for (int k = 0; k < GROUP; k++) {
		int value = k <= count ? value_of(p[k]) : 0;

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
	}
	for (int k = 0; k < 3; k++)
		bytes[k] = (unsigned char)(bits >> (16 - 8 * k));
	return count < 3 && (bits & (count == 1 ? 0xffffu : 0xffu)) != 0 ? -1 : count;
}

int
base64_decode(struct str text, struct buf *out)
{
	size_t start = out->n;
	char *p = buf_reserve(out, text.n / GROUP * 3);
	unsigned char bytes[3];

	if (text.n % GROUP != 0)
		return ERR_SYNTAX;
	if (p == NULL && text.n != 0)
		return ERR_TOO_LONG;
	for (size_t i = 0; i < text.n; i += GROUP) {
		int count = decode_group(text.p + i, i + GROUP == text.n, bytes);

		if (count < 0) {
			buf_cut(out, start);
			return ERR_SYNTAX;
		}
		memcpy(out->p + out->n, bytes, (size_t)count);
		buf_grow(out, (size_t)count);
	}
	return 0;
}
