/* SPDX-License-Identifier: BSD-2-Clause */
/* randmap:{ text, { text with blanks }, … }: every key is there, and has one of these by chance. */
#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/sys/random.h"
#include "lib/table/table_type.h"

#define VALUES_MAX 100000

struct randmap_table {
	struct table table;
	struct str *values;
	uint32_t count, room;
	struct arena arena;
};

static void
add_value(struct randmap_table *r, struct str text)
{
	if (r->count == r->room) {
		r->room = r->room != 0 ? r->room * 2 : 8;
		r->values = mem_resize(r->values, r->room, sizeof(*r->values));
	}
	r->values[r->count++] = arena_str(&r->arena, text);
}

static int
add_values(struct randmap_table *r, struct str text, struct why *why)
{
	struct str item;
	int result;

	if (!str_starts(text, STR("{"))) {
		why_set(why, "{ text, … } is expected");
		return ERR_SYNTAX;
	}
	result = item_strip_braces(&text, why);
	while (result >= 0 && (result = item_next(&text, ITEM_COMMAS, &item, why)) > 0) {
		result = item_strip_braces(&item, why);
		if (result == 0 && r->count < VALUES_MAX)
			add_value(r, item);
	}
	if (result == 0 && r->count == 0) {
		why_set(why, "at least one text is expected between the braces");
		result = ERR_SYNTAX;
	}
	return result;
}

static void
close_randmap(struct table *t)
{
	struct randmap_table *r = CONTAINER_OF(t, struct randmap_table, table);

	mem_free(r->values);
	arena_drop(&r->arena);
	mem_free(r);
}

static struct table *
open_randmap(const char *rest, unsigned flags, struct why *why)
{
	struct randmap_table *r = NEW(struct randmap_table);

	(void)flags;
	arena_init(&r->arena, 16 * TABLE_VALUE_MAX);
	if (add_values(r, str_of(rest), why) == 0)
		return &r->table;
	close_randmap(&r->table);
	return NULL;
}

static int
find_randmap(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct randmap_table *r = CONTAINER_OF(t, struct randmap_table, table);

	(void)key;
	(void)deadline;
	if (buf_add(value, r->values[random_below(r->count)]) == 0)
		return 1;
	why_set(why, "the value is too long");
	return ERR_TOO_LONG;
}

const struct table_type table_type_randmap = {
	.name = "randmap",
	.is_exact = true,
	.open = open_randmap,
	.find = find_randmap,
	.close = close_randmap,
};
