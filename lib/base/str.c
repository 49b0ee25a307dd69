/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Views of bytes. memcmp() and memchr() do not take NULL, even for zero bytes, and an empty view
 * may hold one: each function looks at the length first.
 */
#include "lib/base/str.h"

#include <stdint.h>

bool
str_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_equal_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (char_lower(a.p[i]) != char_lower(b.p[i]))
			return false;
	}
	return true;
}

int
str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n != 0 ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_equal(str_make(s.p, prefix.n), prefix);
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_equal_nocase(str_make(s.p, prefix.n), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_equal(str_from(s, s.n - suffix.n), suffix);
}

bool
str_ends_nocase(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_equal_nocase(str_from(s, s.n - suffix.n), suffix);
}

size_t
str_index(struct str s, char c)
{
	const char *hit = s.n != 0 ? memchr(s.p, c, s.n) : NULL;

	return hit != NULL ? (size_t)(hit - s.p) : s.n;
}

size_t
str_rindex(struct str s, char c)
{
	const char *hit = s.n != 0 ? memrchr(s.p, c, s.n) : NULL;

	return hit != NULL ? (size_t)(hit - s.p) : s.n;
}

size_t
str_find(struct str s, struct str needle)
{
	const char *hit;

	if (needle.n == 0)
		return 0;
	hit = s.n != 0 ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return hit != NULL ? (size_t)(hit - s.p) : s.n;
}

struct str
str_from(struct str s, size_t offset)
{
	if (offset >= s.n)
		return str_make(s.n != 0 ? s.p + s.n : s.p, 0);
	return str_make(s.p + offset, s.n - offset);
}

struct str
str_part(struct str s, size_t offset, size_t count)
{
	struct str rest = str_from(s, offset);

	if (rest.n > count)
		rest.n = count;
	return rest;
}

struct str
str_trim(struct str s)
{
	while (s.n != 0 && char_is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n != 0 && char_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool
str_word(struct str *rest, const char *separators, struct str *word)
{
	size_t start = 0, end;

	while (start < rest->n && is_one_of(rest->p[start], separators))
		start++;
	end = start;
	while (end < rest->n && !is_one_of(rest->p[end], separators))
		end++;
	if (end == start) {
		*rest = str_from(*rest, end);
		return false;
	}
	*word = str_make(rest->p + start, end - start);
	*rest = str_from(*rest, end);
	return true;
}

bool
str_split(struct str *rest, char separator, struct str *part)
{
	size_t at;

	if (rest->p == NULL)
		return false;
	at = str_index(*rest, separator);
	*part = str_make(rest->p, at);
	*rest = at < rest->n ? str_from(*rest, at + 1) : STR_NONE;
	return true;
}

bool
str_is_ascii(struct str s)
{
	uint64_t word, all = 0;

	while (s.n >= sizeof(word)) { /* whole messages come here */
		memcpy(&word, s.p, sizeof(word));
		all |= word;
		s = str_from(s, sizeof(word));
	}
	for (size_t i = 0; i < s.n; i++)
		all |= (unsigned char)s.p[i];
	return (all & 0x8080808080808080u) == 0;
}

/*
 * UTF8-2 = %xC2-DF UTF8-tail; UTF8-3 and UTF8-4 narrow the second byte for some leads.
 * RFC 3629, section 4. Length of a sequence that begins so; 0: none does.
 */
static size_t
utf8_lead_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

static bool
utf8_second_fits(unsigned char lead, unsigned char second)
{
	unsigned char low = 0x80, high = 0xbf;

	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	return second >= low && second <= high;
}

size_t
str_utf8_length(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t length = s.n != 0 ? utf8_lead_length(p[0]) : 0;

	if (length <= 1)
		return length;
	if (s.n < length || !utf8_second_fits(p[0], p[1]))
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

bool
str_is_utf8(struct str s)
{
	size_t length;

	while (s.n != 0) {
		length = str_utf8_length(s);
		if (length == 0)
			return false;
		s = str_from(s, length);
	}
	return true;
}

bool
str_has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	}
	return false;
}
