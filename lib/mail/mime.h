/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_MIME_H
#define LIB_MAIL_MIME_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/mail/header.h"

/*
 * The body of a message, taken apart as it comes: lines of parts, boundaries, the header fields of parts
 * and of attached messages. RFC 2045, RFC 2046. The message's own header was read before.
 *
 *	mime_init(&m, &options, content_type, encoding);
 *	while (... a piece, of any length ...) {
 *		while ((result = mime_next(&m, &piece, is_last, &e)) > 0)
 *			use(e);
 *	}
 *
 * All texts of the events in their order are the body. What cannot be told before more has come is kept
 * back: at most a header field (field_max) or a line (MIME_LINE_MAX), beside the boundaries.
 */
struct mime_options {
	size_t field_max;    /* bytes of a header field */
	size_t boundary_max; /* bytes of a boundary that are looked at */
	size_t nesting_max;  /* multiparts and attached messages within each other */
	bool lines;          /* each line of a body is an event; else there may be many in one */
};

#define MIME_LINE_MAX ((size_t)16384) /* a longer line may come in several pieces */

enum mime_type {
	MIME_TEXT, /* anything that has no parts */
	MIME_MULTIPART,
	MIME_MESSAGE,
};

enum mime_encoding {
	MIME_7BIT, /* also: not given */
	MIME_8BIT,
	MIME_BINARY,
	MIME_QUOTED_PRINTABLE,
	MIME_BASE64,
	MIME_OTHER,
};

/* What a header says of its body. */
struct mime_entity {
	enum mime_type type;
	enum mime_encoding encoding;
	bool is_digest; /* its parts are messages unless they say otherwise */
	bool is_deep;   /* beyond nesting_max: its parts are not looked at */
};

enum mime_kind {
	MIME_FIELD,      /* of a part's header; folds included */
	MIME_HEADER_END, /* the empty line; or nothing, where the header ends without */
	MIME_BODY,       /* a line or piece of a line, or several lines */
	MIME_BOUNDARY,
};

struct mime_event {
	enum mime_kind kind;
	bool is_nested;            /* MIME_FIELD: of an attached message, not of a part */
	bool is_new;               /* MIME_BODY: the first of this part, or behind a boundary */
	struct mime_entity entity; /* whose field, header or body it is, as far as that is known */
	struct str text; /* line ends included; borrowed from the piece, or until the next call */
};

struct mime_level {
	size_t length; /* of its boundary in mime.boundaries */
	bool is_digest;
	size_t nesting;
};

struct mime {
	struct mime_options options;
	struct mime_entity entity; /* that is read: its header, then its body */
	bool in_header;
	bool is_nested; /* the header is of an attached message */
	bool is_new;
	bool mid_line; /* the last event ended within a line of a body */
	size_t nesting;
	struct mime_level *levels;
	size_t depth, room;
	struct buf boundaries; /* of all levels, one after the other */
	struct buf pending;    /* boundary of the entity */
	struct str current;    /* the line that is looked at … */
	bool has_line;         /* … there is one */
	bool line_is_used;
	struct buf line;  /* a line that began in an earlier piece */
	struct buf field; /* the header field that may go on */
	struct buf ended; /* the one that was handed out */
};

/* Values of the message's header; empty: it has none. */
void mime_init(
    struct mime *m, const struct mime_options *o, struct str content_type, struct str encoding);
void mime_drop(struct mime *m);

/*
 * 1: an event, taken off *piece; 0: more is needed, and *piece is used up. is_last: no more comes, and
 * what was kept back comes out. ERR_TOO_LONG: a field beyond field_max.
 */
MUST_USE int mime_next(struct mime *m, struct str *piece, bool is_last, struct mime_event *out);

/* Values of header fields. */
enum mime_encoding mime_encoding_of(struct str value);

#endif
