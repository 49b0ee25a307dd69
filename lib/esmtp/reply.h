/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ESMTP_REPLY_H
#define LIB_ESMTP_REPLY_H

#include "lib/base/buf.h"
#include "lib/mail/dsn.h"

/*
 * What an SMTP server answers: a code, an enhanced status code or none, and words in one or more
 * lines. It is the fate of a command or message as a value; failures of our own are ints.
 *
 *	struct reply r;
 *	reply_set(&r, REPLY_SENDER_OK);
 *	reply_fill(&r, REPLY_QUEUED, id);
 */
enum reply_id {
	REPLY_NONE, /* nothing to say yet: the check has passed */
#define REPLY(name, code, dsn, text) REPLY_##name,
#include "lib/esmtp/reply.def"
#undef REPLY
	REPLY_COUNT
};

#define REPLY_TEXT_MAX 1023
#define REPLY_LINE_MAX 512 /* on the wire, with CRLF. RFC 5321, section 4.5.3.1.5 */

struct reply {
	int code;
	struct dsn dsn;
	char text[REPLY_TEXT_MAX + 1]; /* lines separated by '\n'; no other control characters */
};

/* The row without anything to fill. */
void reply_set(struct reply *r, enum reply_id id);

/*
 * The row with its {} replaced by the values, in order, as many as it has. Control characters in
 * them become '?'; what does not fit is cut.
 */
#define reply_fill(r, id, ...)                                          \
	reply_fill_from((r), (id), (const struct str[]){ __VA_ARGS__ }, \
	    sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))
void reply_fill_from(struct reply *r, enum reply_id id, const struct str *values, size_t count);

/* The row; its {}, if it has one, is filled with `about`. */
void reply_set_about(struct reply *r, enum reply_id id, struct str about);

/*
 * A reply that somebody else decided. A code outside 200 to 599 becomes 451, and an enhanced code
 * that does not fit its class is replaced (RFC 2034, section 4). Lines in text may end in LF or CRLF.
 */
void reply_make(struct reply *r, int code, struct str dsn, struct str text);

/*
 * "550 5.1.1 words", lines as above; the enhanced code may be absent. Error: ERR_SYNTAX (it does not
 * begin with a code from 200 to 599).
 */
MUST_USE int reply_parse(struct str text, struct reply *out);

/* Adds to the last line of the words. */
void reply_add_words(struct reply *r, struct str words);

/* Adds a line to the words. */
void reply_add_line(struct reply *r, struct str line);

/*
 * Writes it as it goes over the wire: each line with the code, "-" or " ", the enhanced code; lines
 * that would be too long are broken. Error: ERR_TOO_LONG, nothing is added.
 */
MUST_USE int reply_render(const struct reply *r, struct buf *out);

/* On one line, as logs show it: "554 5.7.1 <a@b>: Relay access denied". Error: ERR_TOO_LONG. */
MUST_USE int reply_words(const struct reply *r, struct buf *out);

static inline bool
reply_is_error(const struct reply *r)
{
	return r->code >= 400;
}

/* The codes after which the server closes the connection whatever was said: 421, 521. */
static inline bool
reply_ends_session(const struct reply *r)
{
	return r->code == 421 || r->code == 521;
}

#endif
