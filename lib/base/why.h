/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_WHY_H
#define LIB_BASE_WHY_H

#include "lib/base/compiler.h"

/*
 * Words for a human, beside a failure code: what, which, why; complete, one line, bounded. The
 * last argument of functions whose failure needs more than its code. Longer words are cut.
 *
 *	struct why why;
 *	if (config_load(&cfg, dir, &why) < 0)
 *		die("%s", why.text);
 */
struct why {
	char text[512];
};

#define WHY_INIT { .text = "" }

/* Control characters in the result become '?': the words can go to a log as they are. */
PRINTF(2, 3) void why_set(struct why *why, const char *format, ...);

/* Puts words before those that are there: "main.cf: line 3: " + "missing value". */
PRINTF(2, 3) void why_prefix(struct why *why, const char *format, ...);

#endif
