/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ESMTP_DOT_H
#define LIB_ESMTP_DOT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

/*
 * The content of a message between DATA and its end. A reader that takes the wire form apart and a
 * writer that makes it; both go on across any split of their input, and copy nothing.
 *
 * The reader gives content as lines that end in CRLF, byte for byte as the client meant them, and
 * finds the end of data only at CRLF "." CRLF (RFC 5321, section 4.1.1.4). What stands in place of a
 * line end without being one is dealt with as smtpd_forbid_bare_newline says.
 */
enum dot_newline {
	DOT_NEWLINE_NORMALIZE, /* LF alone becomes CRLF; it never is part of an end of data */
	DOT_NEWLINE_NOTE,      /* the same; the caller logs DOT_SAW_BARE_LF */
	DOT_NEWLINE_REJECT,    /* LF alone refuses the message */
	DOT_NEWLINE_NO,        /* LF alone is as good as CRLF, for the end of data too: unsafe */
};

enum dot_saw {                     /* bits */
	DOT_SAW_BARE_LF = 1 << 0,  /* LF without CR */
	DOT_SAW_STRAY_CR = 1 << 1, /* CR without LF */
	DOT_SAW_NUL = 1 << 2,
	DOT_SAW_8BIT = 1 << 3,
	DOT_SAW_LONG_LINE = 1 << 4, /* over 998 octets without its end; RFC 5322, section 2.1.1 */
};

struct dot_reader {
	enum dot_newline newline;
	bool keep_stray_cr; /* a CR without LF stays; else it becomes a blank */
	bool dots_are_plain;
	unsigned char state;
	unsigned char saw;  /* DOT_SAW_ bits */
	size_t line_length; /* of the line so far, without its end */
};

enum dot_result {
	DOT_MORE,    /* the input is used up */
	DOT_PIECE,   /* *piece is content; call again */
	DOT_END,     /* the end of data; what is left of the input follows it */
	DOT_REFUSED, /* LF alone, and DOT_NEWLINE_REJECT */
};

/* At the start of content, behind the line end of DATA. */
void dot_reader_init(struct dot_reader *d, enum dot_newline newline, bool keep_stray_cr);

/* Content that comes by length, in chunks (BDAT): dots mean nothing there, and there is no end. */
void dot_reader_init_chunks(struct dot_reader *d, enum dot_newline newline, bool keep_stray_cr);

/*
 * Takes from *input and gives the next piece of content: a view of the input, or static bytes.
 *
 *	while ((result = dot_read(&d, &input, &piece)) == DOT_PIECE)
 *		...
 * After DOT_END or DOT_REFUSED do not call again.
 */
MUST_USE enum dot_result dot_read(struct dot_reader *d, struct str *input, struct str *piece);

/* Behind the last chunk: what is left of the content, and the end of a line that has none. */
struct str dot_read_last(struct dot_reader *d);

/*
 * The way out: dots doubled at the start of lines, and, whatever the content holds, only CR LF pairs
 * on the wire: LF alone becomes CRLF, CR alone a blank.
 */
struct dot_writer {
	unsigned char state;
};

void dot_writer_init(struct dot_writer *d);

/* True: *piece is what to send next, a view of *input or static bytes. False: the input is used up. */
MUST_USE bool dot_write(struct dot_writer *d, struct str *input, struct str *piece);

/* What ends the data after the last of the content: it completes an open line first. */
struct str dot_write_end(struct dot_writer *d);

#endif
