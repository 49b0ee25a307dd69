/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_QUOTED_PRINTABLE_H
#define LIB_MAIL_QUOTED_PRINTABLE_H

#include <stdbool.h>

#include "lib/base/buf.h"

/*
 * Text as quoted-printable, as it comes. RFC 2045, section 6.7.
 *
 *	struct quoted_printable q = QUOTED_PRINTABLE_INIT;
 *	quoted_printable_add(&q, piece, &out);     // any number of times
 *	quoted_printable_end(&q, &out);            // at the end of the part
 */
struct quoted_printable {
	unsigned column; /* of the line that is written */
	char held;       /* a blank, or CR, that may end the line; '\0': none */
};

#define QUOTED_PRINTABLE_INIT \
	{                     \
		.column = 0   \
	}

/* Error: ERR_TOO_LONG; *out holds a part of the text. */
MUST_USE int quoted_printable_add(struct quoted_printable *q, struct str text, struct buf *out);
MUST_USE int quoted_printable_end(struct quoted_printable *q, struct buf *out);

#endif
