/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ESMTP_XTEXT_H
#define LIB_ESMTP_XTEXT_H

#include "lib/base/buf.h"

/*
 * The encoding of parameter values: '+' and two hexadecimal digits stand for a byte. RFC 3461,
 * section 4. Both clear nothing and add all or nothing.
 */

/*
 * Refuses, before and after decoding, what could break a line or end a text: CR, LF, NUL and every
 * other control character. Error: ERR_SYNTAX, ERR_TOO_LONG.
 */
MUST_USE int xtext_decode(struct str xtext, struct buf *out);

/* Encodes '+', '=', blanks and controls; bytes beyond ASCII too, unless keep_utf8. Error: ERR_TOO_LONG. */
MUST_USE int xtext_encode(struct str text, bool keep_utf8, struct buf *out);

#endif
