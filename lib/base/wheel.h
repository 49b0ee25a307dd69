/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_WHEEL_H
#define LIB_BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/list.h"

/*
 * Very many coarse timers: the next attempts of a million messages. Adding and removing take
 * constant time; 24 bytes an entry, within the thing that waits. An entry is never given back before
 * its time, and at most one grain after it.
 *
 *	wheel_init(&w, TICKS_SECOND, now);
 *	wheel_add(&w, &message->next_attempt, due);
 *	...
 *	while ((e = wheel_take_due(&w, now)) != NULL)
 *		attempt(CONTAINER_OF(e, struct message, next_attempt));
 *	sleep until wheel_next(&w);
 *
 * Entries of one grain come in no set order.
 */
#define WHEEL_LEVELS 6
#define WHEEL_SLOTS  64

struct wheel_entry {
	struct list link;
	int64_t due; /* in grains */
};

struct wheel {
	int64_t grain; /* ticks */
	int64_t now;   /* in grains; never goes back */
	size_t count;
	uint64_t filled[WHEEL_LEVELS]; /* a bit for each slot that is not empty */
	struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
	struct list due; /* taken out of the wheel, not yet given to the caller */
};

/* now: ticks of the clock that is used for all calls. The wheel may not move in memory. */
void wheel_init(struct wheel *w, int64_t grain, int64_t now);

void wheel_entry_init(struct wheel_entry *e);

/* e is in no wheel. What lies more than 64^6 grains ahead comes back then. */
void wheel_add(struct wheel *w, struct wheel_entry *e, int64_t due);
void wheel_remove(struct wheel *w, struct wheel_entry *e); /* fine when it is in none */

static inline bool
wheel_has(const struct wheel_entry *e)
{
	return !list_is_empty(&e->link);
}

/* An entry whose time has come, removed; NULL: none is left. */
struct wheel_entry *wheel_take_due(struct wheel *w, int64_t now);

/* When to look again: no entry is due before. TICKS_NEVER: the wheel is empty. */
int64_t wheel_next(const struct wheel *w);

#endif
