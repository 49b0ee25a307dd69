/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_LOGICAL_H
#define LIB_CONFIG_LOGICAL_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/str.h"

/*
 * Logical lines of main.cf and master.cf: a line that begins with a blank continues the one before
 * it. Empty lines, and lines whose first visible character is '#', are left out wherever they
 * stand, also between a line and its continuation.
 *
 *	AUTO(logical) in = LOGICAL_INIT(text);
 *	while (logical_next(&in))
 *		use(in.text, in.line);
 */
struct logical {
	struct str rest;
	int next_line;   /* number of the first line in `rest`, from 1 */
	struct str text; /* what logical_next() found, without the blanks at both ends */
	int line;        /* number of its first line */
	bool indented;   /* it begins with a blank, and there is no line that it could continue */
	struct str span; /* of the input: from its first line to its last, with comments between */
	struct buf joined;
};

#define LOGICAL_MAX ((size_t)4 * 1024 * 1024) /* of a file of configuration */

#define LOGICAL_INIT(all)                                                      \
	{                                                                      \
		.rest = (all), .next_line = 1, .joined = BUF_INIT((all).n) \
	}

/* False at the end. The text lives until the next call. */
bool logical_next(struct logical *l);
void logical_drop(struct logical *l);

#endif
