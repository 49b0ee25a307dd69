/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_NAMES_H
#define LOCAL_NAMES_H

#include "lib/base/buf.h"
#include "lib/base/why.h"
#include "lib/mail/address.h"

/*
 * What $user and its like stand for in forward_path, command_execution_directory and luser_relay. Without an account home and shell are empty.
 */
struct names {
	struct str user; /* the account's name */
	struct str home;
	struct str shell;
	struct str recipient; /* local@domain, internal form */
	struct str local;
	struct str domain;
	struct str extension; /* empty: there is none, and then there is no delimiter */
	struct str delimiter;
};

/* Of the recipient `a`, whose text is `recipient`. Borrows from both. */
void names_of(
    const struct address *a, struct str recipient, const char *delimiters, struct names *out);

/*
 * Adds text with values in place of $names to *out; in values, what is not in `allowed` becomes '_'
 * (NULL: all is). Values are never expanded again. Error, with words: as expand().
 */
MUST_USE int names_expand(
    const struct names *n, const char *text, const char *allowed, struct buf *out, struct why *why);

/* In a value: what is not in `allowed` becomes '_'. */
void names_filter(char *value, size_t n, const char *allowed);

#endif
