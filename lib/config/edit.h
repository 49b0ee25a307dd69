/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_EDIT_H
#define LIB_CONFIG_EDIT_H

#include "lib/base/buf.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

/*
 * Changes to the text of main.cf that leave every other byte as it is: comments, order, blanks, and
 * the comments between a line and its continuation.
 */
enum edit_kind {
	EDIT_SET, /* the first definition gets the value, later ones go; none: added at the end */
	EDIT_REMOVE,  /* every definition goes */
	EDIT_COMMENT, /* every definition becomes a comment */
};

struct edit {
	struct str name;
	struct str value; /* EDIT_SET: one line */
};

/* The changed text is added to *out. Error: ERR_TOO_LONG. */
MUST_USE int edit_text(
    struct str text, enum edit_kind kind, const struct edit *edits, size_t count, struct buf *out);

/*
 * Adds what stays of a definition's lines when it goes: comments and empty lines; as_comment: its own
 * lines too, each as a comment. Error: ERR_TOO_LONG.
 */
MUST_USE int edit_take_out(struct str span, bool as_comment, struct buf *out);

/* The same with a file, as rewrite_file(). */
MUST_USE int edit_file(
    const char *path, enum edit_kind kind, const struct edit *edits, size_t count, struct why *why);

#endif
