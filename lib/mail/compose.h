/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_COMPOSE_H
#define LIB_MAIL_COMPOSE_H

#include "lib/mail/address.h"
#include "lib/mail/header.h"
#include "lib/mail/queue_id.h"

/* What one look over a header finds. */
enum head_field {
	HEAD_DATE = 1 << 0,
	HEAD_FROM = 1 << 1,
	HEAD_MESSAGE_ID = 1 << 2,
	HEAD_RESENT_DATE = 1 << 3,
	HEAD_RESENT_FROM = 1 << 4,
	HEAD_RESENT_MESSAGE_ID = 1 << 5,
	HEAD_RESENT = 1 << 6,     /* any Resent- field */
	HEAD_RECIPIENTS = 1 << 7, /* To, Cc, or one of them with Resent- */
};

struct head_survey {
	unsigned fields;       /* HEAD_ bits */
	unsigned hops;         /* Received fields */
	struct str message_id; /* value of the first Message-ID, as it stands in the text */
	struct str resent_id;  /* the same of Resent-Message-ID */
	struct str type;       /* of the first Content-Type */
	struct str encoding;   /* of the first Content-Transfer-Encoding */
	size_t length;         /* of the fields, without the empty line */
	bool has_blank_line; /* false: the body follows with no empty line between, or is missing */
};

/* Borrows from text. */
void head_survey(struct str text, struct head_survey *out);
/* One field more, for who goes through the header anyway; length and has_blank_line are the caller's. */
void head_survey_add(struct head_survey *s, const struct header_field *f);

/* What is needed to complete a header. */
struct compose_source {
	const struct queue_id *id;
	struct str host; /* ours: right side of Message-ID, and of a null sender's From */
	const struct address *sender; /* envelope sender */
	struct str full_name;         /* of the sender; may be empty */
	bool obsolete_from;           /* "address (name)" instead of "name <address>" */
	struct str undisclosed;       /* the field added where no recipient is named; empty: none */
	int64_t wall, zone;
};

/*
 * Adds the fields that are missing of Message-ID, Date and From, or, where the header has Resent-
 * fields, of those three with that prefix, then one that stands for recipients; each a line with
 * CRLF. RFC 5322, section 3.6; RFC 6409, section 8. A null sender becomes MAILER-DAEMON. Error: ERR_TOO_LONG, nothing is added.
 */
MUST_USE int compose_missing(
    const struct head_survey *head, const struct compose_source *source, struct buf *out);

#endif
