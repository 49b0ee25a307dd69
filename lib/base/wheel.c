/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A time in grains is read as six digits of base 64. An entry stands on the level of the highest
 * digit in which it differs from `now`, in the slot of its digit there; so its place follows from
 * its time, and removing one needs no more memory than two links. When `now` reaches a slot, the
 * entries there are put in again, at a lower level, at most six times in all. A heap was not
 * chosen: with a million entries each step of its log n is a cache miss.
 *
 * Invariants:
 * 1. An entry with due <= now is in `due`; any other in slots[level_of(due)][digit(due, level)].
 * 2. filled has exactly the bits of slots that are not empty.
 * 3. On a level below the top, filled slots lie after the digit of `now`; the top level is a ring.
 */
#include "lib/base/wheel.h"

#include <stddef.h>

#include "lib/base/bug.h"
#include "lib/base/ticks.h"

#define DIGIT_BITS 6
#define TOP        (WHEEL_LEVELS - 1)
#define AHEAD_MAX  ((int64_t)(WHEEL_SLOTS - 2) << (DIGIT_BITS * TOP))

static unsigned
digit(int64_t grains, unsigned level)
{
	return (unsigned)((uint64_t)grains >> (DIGIT_BITS * level)) % WHEEL_SLOTS;
}

static unsigned
level_of(const struct wheel *w, int64_t due)
{
	unsigned level = BIT_HIGHEST((uint64_t)(due ^ w->now)) / DIGIT_BITS;

	return level < TOP ? level : TOP;
}

void
wheel_init(struct wheel *w, int64_t grain, int64_t now)
{
	BUG_ON(grain <= 0 || now < 0);
	w->grain = grain;
	w->now = now / grain;
	w->count = 0;
	list_init(&w->due);
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		w->filled[level] = 0;
		for (unsigned slot = 0; slot < WHEEL_SLOTS; slot++)
			list_init(&w->slots[level][slot]);
	}
}

void
wheel_entry_init(struct wheel_entry *e)
{
	list_init(&e->link);
	e->due = 0;
}

static void
place(struct wheel *w, struct wheel_entry *e)
{
	unsigned level, slot;

	if (e->due <= w->now) {
		list_append(&w->due, &e->link);
		return;
	}
	level = level_of(w, e->due);
	slot = digit(e->due, level);
	list_append(&w->slots[level][slot], &e->link);
	w->filled[level] |= (uint64_t)1 << slot;
}

void
wheel_add(struct wheel *w, struct wheel_entry *e, int64_t due)
{
	BUG_ON(wheel_has(e));
	e->due = due / w->grain + (due > 0 && due % w->grain != 0);
	e->due = ticks_min(e->due, w->now + AHEAD_MAX);
	place(w, e);
	w->count++;
}

void
wheel_remove(struct wheel *w, struct wheel_entry *e)
{
	unsigned level, slot;

	if (!wheel_has(e))
		return;
	list_remove(&e->link);
	w->count--;
	if (e->due <= w->now)
		return;
	level = level_of(w, e->due);
	slot = digit(e->due, level);
	if (list_is_empty(&w->slots[level][slot]))
		w->filled[level] &= ~((uint64_t)1 << slot);
}

/* The level and slot that `now` reaches first, and when, in grains; false: all are empty. */
static bool
first_slot(const struct wheel *w, unsigned *level, unsigned *slot, int64_t *start)
{
	unsigned here, ahead;
	uint64_t ring;

	for (*level = 0; *level < WHEEL_LEVELS; (*level)++) {
		if (w->filled[*level] == 0)
			continue;
		here = digit(w->now, *level);
		ring = w->filled[*level] >> here;
		if (here != 0)
			ring |= w->filled[*level] << (WHEEL_SLOTS - here);
		ahead = BIT_LOWEST(ring);
		*slot = (here + ahead) % WHEEL_SLOTS;
		*start = ((w->now >> (DIGIT_BITS * *level)) + ahead) << (DIGIT_BITS * *level);
		return true;
	}
	return false;
}

static void
empty_slot(struct wheel *w, unsigned level, unsigned slot)
{
	struct list *item, *entries = &w->slots[level][slot];

	w->filled[level] &= ~((uint64_t)1 << slot);
	while ((item = list_take_first(entries)) != NULL)
		place(w, CONTAINER_OF(item, struct wheel_entry, link));
}

static void
advance(struct wheel *w, int64_t now)
{
	unsigned level, slot;
	int64_t start;

	while (first_slot(w, &level, &slot, &start) && start <= now) {
		w->now = start;
		empty_slot(w, level, slot);
	}
	if (now > w->now)
		w->now = now;
}

struct wheel_entry *
wheel_take_due(struct wheel *w, int64_t now)
{
	struct list *item;

	if (list_is_empty(&w->due))
		advance(w, now / w->grain);
	item = list_take_first(&w->due);
	if (item == NULL)
		return NULL;
	w->count--;
	return CONTAINER_OF(item, struct wheel_entry, link);
}

int64_t
wheel_next(const struct wheel *w)
{
	unsigned level, slot;
	int64_t start;

	if (!list_is_empty(&w->due))
		return w->now * w->grain;
	return first_slot(w, &level, &slot, &start) ? start * w->grain : TICKS_NEVER;
}
