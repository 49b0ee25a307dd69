/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_BODY_H
#define CLEANUP_BODY_H

#include "cleanup/verdict.h"
#include "lib/config/config.h"
#include "lib/mail/mime.h"
#include "lib/mail/quoted_printable.h"

/* What is asked of bodies, by configuration. */
struct body_rules {
	struct mime_options mime;
	bool is_plain;      /* disable_mime_input_processing: no parts */
	bool ascii_headers; /* strict_7bit_headers */
	bool honest_bodies; /* strict_8bitmime_body: no 8-bit data where it was not announced */
	bool plain_parents; /* strict_mime_encoding_domain */
	bool converts;      /* force_mime_input_conversion */
};

void body_rules_init(struct body_rules *r, const struct config *c);

/*
 * The body of a message on its way: taken apart where a rule looks at it, passed on untouched where none
 * does. At most a header field and a line of it are kept back.
 */
struct body {
	bool on;
	bool converts;
	struct mime mime;
	struct buf out;     /* what is passed on, where it is not what came */
	struct str run;     /* what is passed on as it came, and is not in `out` yet */
	size_t seen;        /* bytes of this part that checks saw */
	bool owes_encoding; /* a field was taken out, and its successor was not put in */
	bool in_quoted;     /* the part is made quoted-printable */
	struct quoted_printable quoted;
};

struct message;

/*
 * The header has been read; these are values of it, empty for none. m->body is then in use.
 * VERDICT_NONE, or how the message ends.
 */
MUST_USE enum verdict body_begin(struct message *m, struct str content_type, struct str encoding);
void body_drop(struct body *b);

/* True: mail of this encoding is converted, so its field is another. */
bool body_is_converted(const struct message *m, struct str encoding);
/* The field in the place of Content-Transfer-Encoding, of mail that is converted. */
struct str body_new_encoding(struct str content_type);

/* *out is what takes the place of a piece, borrowed from it or from m until the next one. */
PARKS MUST_USE enum verdict body_pass(
    struct message *m, struct str piece, bool is_last, struct str *out);

/* 8-bit text in a header field, where that is refused. */
MUST_USE enum verdict body_judge_field(struct message *m, struct str field);

#endif
