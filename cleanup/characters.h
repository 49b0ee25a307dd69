/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_CHARACTERS_H
#define CLEANUP_CHARACTERS_H

#include <stdbool.h>

#include "lib/base/buf.h"

/* A set of bytes: message_reject_characters, message_strip_characters. Pure. */
struct characters {
	bool has[256];
	bool any;
};

/* "\0\7a\r": C escapes \a \b \f \n \r \t \v \\, up to three octal digits, and bytes as they are. */
struct characters characters_parse(struct str text);

/* Position of the first of them; s.n: there is none. */
size_t characters_find(const struct characters *c, struct str s);

/* Adds the text without them to *out. Error: ERR_TOO_LONG. */
MUST_USE int characters_strip(const struct characters *c, struct str s, struct buf *out);

#endif
