/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_TURN_H
#define LIB_TABLE_TURN_H

#include <stdbool.h>
#include <stdint.h>

/* What is done at most once a second, however often it is asked for. Zeroed: now. */
struct turn {
	int64_t next; /* monotonic */
};

bool turn_take(struct turn *t); /* true: do it, and not again before a second has passed */

#endif
