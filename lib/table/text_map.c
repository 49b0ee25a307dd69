/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/text_map.h"

#include "lib/base/err.h"

struct entry {
	struct str value;
	char key[];
};

void
text_map_init(struct text_map *m, size_t cap)
{
	*m = (struct text_map){ .entries = MAP_INIT, .arena = ARENA_INIT(cap) };
}

void
text_map_drop(struct text_map *m)
{
	map_drop(&m->entries);
	arena_drop(&m->arena);
}

int
text_map_add(struct text_map *m, struct str key, struct str value, bool fold)
{
	struct entry *e = arena_try(&m->arena, sizeof(*e) + key.n + value.n);

	if (e == NULL)
		return ERR_FULL;
	for (size_t i = 0; i < key.n; i++)
		e->key[i] = fold ? char_lower(key.p[i]) : key.p[i];
	e->value = str_make(e->key + key.n, value.n);
	if (value.n != 0)
		memcpy(e->key + key.n, value.p, value.n);
	if (map_find(&m->entries, str_make(e->key, key.n)) != NULL)
		return 0;
	(void)map_put(&m->entries, str_make(e->key, key.n), e);
	return 1;
}

int
text_map_find(const struct text_map *m, struct str key, struct buf *value, struct why *why)
{
	const struct entry *e = map_find(&m->entries, key);

	if (e == NULL)
		return 0;
	if (buf_add(value, e->value) < 0) {
		why_set(why, "the value of \"%.*s\" is too long", STR_ARG(key));
		return ERR_TOO_LONG;
	}
	return 1;
}
