/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_STR_H
#define LIB_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/compiler.h"

/*
 * A view of bytes that somebody else owns: any bytes, no final NUL. What came from the network is
 * a str until a parser has made a typed value of it. Pass it by value. {NULL, 0} is an empty view.
 *
 *	printf("%.*s", STR_ARG(s));
 */
struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ .p = (literal), .n = sizeof(literal) - 1 })
#define STR_INIT(literal) { .p = (literal), .n = sizeof(literal) - 1 } /* in static tables */
#define STR_NONE     ((struct str){ .p = NULL, .n = 0 })
#define STR_ARG(s)   (int)(s).n, (s).p

static inline struct str
str_of(const char *text)
{
	return (struct str){ .p = text, .n = text != NULL ? strlen(text) : 0 };
}

static inline struct str
str_make(const char *p, size_t n)
{
	return (struct str){ .p = p, .n = n };
}

bool str_equal(struct str a, struct str b);
bool str_equal_nocase(struct str a, struct str b); /* ASCII letters only, whatever the locale */
int str_compare(struct str a, struct str b);       /* by bytes; total order */
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_ends_nocase(struct str s, struct str suffix);

/* Position of the first (last) such byte; s.n when there is none. */
size_t str_index(struct str s, char c);
size_t str_rindex(struct str s, char c);
size_t str_find(struct str s, struct str needle);

/* The part from offset on, or up to count bytes of it; both are clamped to what is there. */
struct str str_from(struct str s, size_t offset);
struct str str_part(struct str s, size_t offset, size_t count);

struct str str_trim(struct str s); /* without SP HT CR LF at both ends */

/*
 * Takes the next word off *rest: a run of bytes that are not in `separators`. False when none is
 * left. Empty words are skipped.
 */
bool str_word(struct str *rest, const char *separators, struct str *word);

/* Takes what is before `separator` off *rest, which then begins after it; false at its end. */
bool str_split(struct str *rest, char separator, struct str *part);

bool str_is_ascii(struct str s);
bool str_is_utf8(struct str s);      /* well-formed, RFC 3629: no surrogates, no overlong forms */
size_t str_utf8_length(struct str s); /* bytes of the first sequence; 0: s is empty or ill-formed */
bool str_has_control(struct str s);  /* any of 0x00-0x1f, 0x7f */

/* Lower case for ASCII letters; other bytes as they are. */
static inline char
char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool
char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
char_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
char_is_alnum(char c)
{
	return char_is_digit(c) || char_is_alpha(c);
}

static inline bool
char_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

#endif
