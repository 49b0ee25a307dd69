/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_LINE_ENDS_H
#define CLEANUP_LINE_ENDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/str.h"

/*
 * Whether CR and LF stand only as CR LF: what a stored message must obey, since any other CR or LF could
 * end the message early at the next server (SMTP smuggling). Pure.
 *
 * A message comes in pieces. A CR at the end of a piece belongs to the next one: the caller keeps it back
 * and puts it before that, so that a piece never ends in CR unless it is the last.
 */

/* Position of the first stray CR or LF; s.n when there is none. */
size_t line_ends_check(struct str s);

/* Puts a blank in the place of each. */
void line_ends_repair(char *p, size_t n);

#endif
