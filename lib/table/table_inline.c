/* SPDX-License-Identifier: BSD-2-Clause */
/* inline:{ key=value, { key = text with blanks and commas } }: a small table within main.cf. */
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/table/table_type.h"
#include "lib/table/text_map.h"

#define INLINE_MAX ((size_t)16 * 1024 * 1024)

struct inline_table {
	struct table table;
	struct text_map map;
};

static int
add_item(struct inline_table *t, struct str item, unsigned flags, struct why *why)
{
	struct str key, value;
	int result = item_strip_braces(&item, why);

	if (result == 0)
		result = item_split_name(item, &key, &value, why);
	if (result < 0)
		return result;
	result = text_map_add(&t->map, key, value, (flags & TABLE_FOLD) != 0);
	if (result == 0) {
		why_set(why, "the key \"%.*s\" is there twice", STR_ARG(key));
		return ERR_SYNTAX;
	}
	if (result < 0)
		why_set(why, "too large");
	return result;
}

static int
add_items(struct inline_table *t, struct str text, unsigned flags, struct why *why)
{
	struct str item;
	int result;

	if (!str_starts(text, STR("{"))) {
		why_set(why, "inline:{ key=value, … } is expected");
		return ERR_SYNTAX;
	}
	result = item_strip_braces(&text, why);
	if (result < 0)
		return result;
	while ((result = item_next(&text, ITEM_COMMAS, &item, why)) > 0) {
		result = add_item(t, item, flags, why);
		if (result < 0)
			return result;
	}
	return result;
}

static void
close_inline(struct table *t)
{
	struct inline_table *i = CONTAINER_OF(t, struct inline_table, table);

	text_map_drop(&i->map);
	mem_free(i);
}

static struct table *
open_inline(const char *rest, unsigned flags, struct why *why)
{
	struct inline_table *t = NEW(struct inline_table);

	text_map_init(&t->map, INLINE_MAX);
	if (add_items(t, str_of(rest), flags, why) < 0) {
		close_inline(&t->table);
		return NULL;
	}
	return &t->table;
}

static int
find_inline(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct inline_table *i = CONTAINER_OF(t, struct inline_table, table);

	(void)deadline;
	return text_map_find(&i->map, key, value, why);
}

const struct table_type table_type_inline = {
	.name = "inline",
	.open = open_inline,
	.find = find_inline,
	.close = close_inline,
};
