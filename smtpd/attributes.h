/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_ATTRIBUTES_H
#define SMTPD_ATTRIBUTES_H

#include "smtpd/session.h"

/*
 * What XCLIENT and XFORWARD bring: "NAME=mx.example ADDR=192.0.2.1", what a trusted client says of a
 * client of its own.
 */
struct attribute_row {
	struct str name;
	/* value: decoded; empty: [UNAVAILABLE]. False: it is no such value. */
	bool (*read)(struct str value, void *out);
};

/*
 * The session may not: *r says why. In a transaction, and for a client that `authorized` (NULL: none)
 * does not have.
 */
PARKS MUST_USE bool attributes_allowed(
    struct session *s, struct match_list *authorized, struct reply *r);

/* Whether the client is in the list: 1, 0, or negative (logged). */
PARKS MUST_USE int attributes_authorized(const struct session *s, struct match_list *authorized);

/* Reads the arguments of a command into *out. False: *r says why not. */
MUST_USE bool attributes_read(const struct command *c, const struct attribute_row *rows,
    size_t count, void *out, struct reply *r);

/* Values; the readers of the rows call these. Room for what is decoded: */
#define ATTRIBUTE_MAX 255

bool attribute_host(struct str value, char name[ATTRIBUTE_MAX + 1]); /* "unknown": unavailable */
bool attribute_address(struct str value, char address[ENDPOINT_TEXT_MAX]); /* the same */
bool attribute_port(struct str value, unsigned *port);                     /* 0: the same */
void attribute_text(struct str value, char text[ATTRIBUTE_MAX + 1]);       /* any */

#endif
