/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_DSN_H
#define LIB_MAIL_DSN_H

#include <stdbool.h>

#include "lib/base/str.h"

/*
 * An enhanced status code, "5.1.1": class, subject, detail. RFC 3463. An empty text means that none
 * was given.
 */
#define DSN_LENGTH_MAX 9

struct dsn {
	char text[DSN_LENGTH_MAX + 1];
};

#define DSN_NONE ((struct dsn){ .text = "" })

/* When the sender of a message asks to hear about a recipient. RFC 3461, section 4.1. */
enum dsn_notify {                  /* bits; 0: not asked, which means failure and delay */
	DSN_NOTIFY_NEVER = 1 << 0, /* alone */
	DSN_NOTIFY_SUCCESS = 1 << 1,
	DSN_NOTIFY_FAILURE = 1 << 2,
	DSN_NOTIFY_DELAY = 1 << 3,
};

/* The whole view must be the code. Error: ERR_SYNTAX. */
MUST_USE int dsn_parse(struct str text, struct dsn *out);

/*
 * Takes a code off the start of words, with the blanks behind it: "5.1.1 no such user". False, and
 * nothing changes, when they do not start with a whole one.
 */
bool dsn_take(struct str *words, struct dsn *out);

/* 2, 4 or 5; 0: none was given. */
int dsn_class(const struct dsn *d);

/* True when the class is that of the reply code, as RFC 2034, section 4 asks. */
bool dsn_fits(const struct dsn *d, int reply_code);

/* What is said where nothing better is known: "4.0.0" for 450; none for codes without a class. */
struct dsn dsn_of_code(int reply_code);

/* The same subject and detail in the class of this reply code: a peer's "4.7.1" in a 550. */
struct dsn dsn_with_class(const struct dsn *d, int reply_code);

static inline struct str
dsn_str(const struct dsn *d) /* borrows from d */
{
	return str_of(d->text);
}

#endif
