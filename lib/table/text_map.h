/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_TEXT_MAP_H
#define LIB_TABLE_TEXT_MAP_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/base/why.h"

/* Keys and values in memory: what texthash: and inline: have in common. */
struct text_map {
	struct map entries;
	struct arena arena;
};

void text_map_init(struct text_map *m, size_t cap); /* of keys and values together */
void text_map_drop(struct text_map *m);

/* Keys are folded when `fold`. A key that is there already keeps its value, and 0 is answered;
 * else 1. Error: ERR_FULL. */
MUST_USE int text_map_add(struct text_map *m, struct str key, struct str value, bool fold);

/* 1: found, added to *value; 0: there is none. Error: ERR_TOO_LONG, with words. */
MUST_USE int text_map_find(
    const struct text_map *m, struct str key, struct buf *value, struct why *why);

#endif
