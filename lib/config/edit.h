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
 * Edits a file in such a way that readers see the old or the new text, whole, whatever happens: a
 * file beside it is written, made durable, and renamed over it. Mode, owner and group stay. One
 * edit at a time in a folder. Error, with words; nothing was changed.
 */
MUST_USE int edit_file(
    const char *path, enum edit_kind kind, const struct edit *edits, size_t count, struct why *why);

#endif
