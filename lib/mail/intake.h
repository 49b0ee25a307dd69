/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_INTAKE_H
#define LIB_MAIL_INTAKE_H

#include "lib/base/buf.h"

/*
 * Text as programs of this host write it, made into content as it travels: lines end in CRLF, the
 * last one too; "From " lines that a mailbox put before the header are gone.
 */
enum intake_flag {
	INTAKE_DOT_ENDS = 1 << 0,  /* a line that is "." ends the text */
	INTAKE_CRLF_ENDS = 1 << 1, /* CR LF is a line end; else the CR is part of the line */
	/* As INTAKE_CRLF_ENDS where the first line ends so, else not. */
	INTAKE_CRLF_AS_FIRST = 1 << 2,
};

/* Adds the content to *out. Error: ERR_TOO_LONG beyond its bound. */
MUST_USE int intake_text(struct str text, unsigned flags, struct buf *out);

#endif
