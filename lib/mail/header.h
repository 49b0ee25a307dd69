/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_HEADER_H
#define LIB_MAIL_HEADER_H

#include <stdbool.h>

#include "lib/base/buf.h"

/*
 * One field of a message's header. All views are into the text that the iterator was given.
 */
struct header_field {
	struct str name; /* "Subject", as written; never empty */
	struct str
	    value; /* behind the colon, folds and blanks included, without the last line end */
	struct str whole; /* all of it, line ends included */
};

/*
 * Goes through the header at the start of a message, field by field. Lines end in CRLF or LF; a
 * line that begins with a blank continues its field, be it otherwise empty or not (RFC 5322, 3.2.2
 * and 4.2); blanks before the colon are taken (4.5). Linear in time; the caller bounds the text.
 *
 *	struct header_iter it;
 *	header_iter_init(&it, message);
 *	while (header_next(&it, &field) > 0)
 *		...
 *	body = it.rest;
 */
struct header_iter {
	struct str rest;     /* what was not read yet; after the last field, the body */
	size_t offset;       /* of rest in the text */
	bool has_blank_line; /* an empty line ended the header; it is not in rest */
};

void header_iter_init(struct header_iter *it, struct str text);

/*
 * 1: a field. 0: the header has ended, at an empty line or with the text. ERR_SYNTAX: it ended at a
 * line that is no field, which is the first of rest. After 0 or ERR_SYNTAX do not call again.
 */
MUST_USE int header_next(struct header_iter *it, struct header_field *out);

static inline bool
header_is(const struct header_field *f, struct str name)
{
	return str_equal_nocase(f->name, name);
}

/*
 * The value on one line: line ends removed, blanks at both ends too. out is cleared first.
 * Error: ERR_TOO_LONG.
 */
MUST_USE int header_unfold(struct str value, struct buf *out);

#endif
