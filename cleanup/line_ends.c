/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two passes of memchr(), one for each character: the lines of mail are long enough that this beats any
 * loop that looks at each byte.
 */
#include "cleanup/line_ends.h"

static size_t
find_stray_lf(struct str s)
{
	const char *p = s.p, *end = s.p + s.n, *lf;

	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if (lf == s.p || lf[-1] != '\r')
			return (size_t)(lf - s.p);
		p = lf + 1;
	}
	return s.n;
}

static size_t
find_stray_cr(struct str s)
{
	const char *p = s.p, *end = s.p + s.n, *cr;

	while (p < end && (cr = memchr(p, '\r', (size_t)(end - p))) != NULL) {
		if (cr + 1 == end || cr[1] != '\n')
			return (size_t)(cr - s.p);
		p = cr + 2;
	}
	return s.n;
}

size_t
line_ends_check(struct str s)
{
	size_t lf = find_stray_lf(s), cr = find_stray_cr(s);

	return lf < cr ? lf : cr;
}

void
line_ends_repair(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\r' && i + 1 < n && p[i + 1] == '\n')
			i++;
		else if (p[i] == '\r' || p[i] == '\n')
			p[i] = ' ';
	}
}
