/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	Mail-parameters = esmtp-param *(SP esmtp-param)
 *	esmtp-param     = esmtp-keyword ["=" esmtp-value]
 *	esmtp-keyword   = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
 *	esmtp-value     = 1*(%d33-60 / %d62-126)   ; any CHAR excluding "=", SP, and control characters
 * RFC 5321, section 4.1.2; values with UTF-8-non-ascii: RFC 6531, section 3.3.
 */
#include "lib/esmtp/parameter.h"

#include "lib/base/err.h"

static bool
is_value_byte(char c)
{
	return (c >= 33 && c <= 126 && c != '=') || (unsigned char)c >= 0x80;
}

static bool
keyword_is_valid(struct str keyword)
{
	if (keyword.n == 0 || keyword.p[0] == '-')
		return false;
	for (size_t i = 0; i < keyword.n; i++) {
		if (!char_is_alnum(keyword.p[i]) && keyword.p[i] != '-')
			return false;
	}
	return true;
}

int
parameter_next(struct str *rest, struct parameter *out)
{
	struct parameter p;
	struct str word;
	size_t at;

	if (!str_word(rest, " \t", &word))
		return 0;
	at = str_index(word, '=');
	p.keyword = str_part(word, 0, at);
	p.has_value = at < word.n;
	p.value = str_from(word, at + 1);
	if (!keyword_is_valid(p.keyword) || (p.has_value && p.value.n == 0))
		return ERR_SYNTAX;
	for (size_t i = 0; i < p.value.n; i++) {
		if (!is_value_byte(p.value.p[i]))
			return ERR_SYNTAX;
	}
	*out = p;
	return 1;
}
