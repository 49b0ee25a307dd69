/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_NUM_H
#define LIB_BASE_NUM_H

#include <stdint.h>

#include "lib/base/str.h"

/*
 * Numbers from text: the whole view must be the number, digits only, no sign, no blanks, no
 * overflow. Error: ERR_SYNTAX (not a number), ERR_RANGE (larger than max).
 */
MUST_USE int num_parse(struct str s, uint64_t max, uint64_t *out);

/* As num_parse, with a base of 8 or 16 and no prefix. */
MUST_USE int num_parse_base(struct str s, unsigned base, uint64_t max, uint64_t *out);

/*
 * "300s", "5d": digits and one unit letter of s m h d w; without one, default_unit.
 * *out in microseconds. Error: ERR_SYNTAX, ERR_RANGE (over a thousand years).
 */
MUST_USE int num_parse_time(struct str s, char default_unit, int64_t *out);

#endif
