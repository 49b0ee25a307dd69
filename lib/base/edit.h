/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_EDIT_H
#define LIB_BASE_EDIT_H

#include <stdbool.h>

#include "lib/base/buf.h"

/*
 * Changes to a text, from its start to its end, that cost a copy only where there are any.
 *
 *	edit_init(&e, text, &out);
 *	result = edit_replace(&e, at, n, STR("new"));   // places ascend
 *	...
 *	result = edit_finish(&e, &changed);             // the text itself where nothing changed
 */
struct edit {
	struct str text;
	size_t done;     /* bytes of the text that are in *out, or were replaced */
	struct buf *out; /* borrowed; what is made is added to it */
	size_t begin;    /* where that begins */
	bool changed;
};

void edit_init(struct edit *e, struct str text, struct buf *out);

/* In the place of the n bytes at `at`. Error: ERR_TOO_LONG (the bound of out). */
MUST_USE int edit_replace(struct edit *e, size_t at, size_t n, struct str with);

/* The whole result, borrowed from the text or from out. Error: as above. */
MUST_USE int edit_finish(struct edit *e, struct str *result);

#endif
