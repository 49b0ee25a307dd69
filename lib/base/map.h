/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_MAP_H
#define LIB_BASE_MAP_H

#include <stdint.h>

#include "lib/base/hash.h"
#include "lib/base/str.h"

/*
 * A hash table from byte strings to pointers. It borrows the keys: the bytes must stay until their
 * entry is removed (mostly they are a part of the value). Values are not NULL.
 *
 *	AUTO(map) by_name = MAP_INIT;
 *	map_put(&by_name, d->name, d);
 *	d = map_find(&by_name, name);
 *
 * While going through a map, any entry may be removed, and none added:
 *
 *	struct map_cursor c = MAP_START;
 *	while (map_next(&m, &c))
 *		use(c.key, c.value);
 */
struct map_slot;

struct map {
	struct map_slot *slots; /* NULL before the first entry */
	size_t room;            /* slots; a power of two */
	size_t count;
	size_t used; /* entries and the marks of removed ones */
	struct hash_secret secret;
};

#define MAP_INIT              \
	{                     \
		.slots = NULL \
	}

void map_drop(struct map *m); /* the values are the caller's; m is then empty and usable */

void *map_find(const struct map *m, struct str key);
void *map_put(struct map *m, struct str key, void *value); /* what it replaces, or NULL */
void *map_remove(struct map *m, struct str key);           /* what it was, or NULL */

struct map_cursor {
	struct str key;
	void *value;
	size_t at;
};

#define MAP_START       \
	{               \
		.at = 0 \
	}

bool map_next(const struct map *m, struct map_cursor *c);

#endif
