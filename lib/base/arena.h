/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include <stdint.h>

#include "lib/base/str.h"

/*
 * Memory with one lifetime: a session, a transaction, a configuration. Pieces are never freed one
 * by one; all go with arena_drop(). Costs nothing before its first piece. The cap is a safety net
 * below the limits that the owner enforces with words: reaching it is a bug, except through
 * arena_try(), which answers NULL.
 */
struct arena_chunk;

struct arena {
	struct arena_chunk *chunk;
	size_t used; /* bytes handed out, with alignment */
	size_t cap;
};

#define ARENA_INIT(limit) { .chunk = NULL, .used = 0, .cap = (limit) }

void arena_init(struct arena *a, size_t cap);
void arena_drop(struct arena *a); /* a is then empty and usable, same cap */

/* Zeroed, aligned for any type. */
MUST_USE void *arena_new(struct arena *a, size_t size);
MUST_USE void *arena_try(struct arena *a, size_t size); /* NULL beyond the cap */

/* Copies; both add a final NUL, so that .p is also a C string. */
MUST_USE struct str arena_str(struct arena *a, struct str s);
MUST_USE char *arena_text(struct arena *a, struct str s);
MUST_USE char *arena_printf(struct arena *a, const char *format, ...) PRINTF(2, 3);

#define ARENA_NEW(arena, type)          ((type *)arena_new((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

MUST_USE void *arena_array(struct arena *a, size_t count, size_t size);

#endif
