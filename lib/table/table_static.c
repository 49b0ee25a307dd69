/* SPDX-License-Identifier: BSD-2-Clause */
/* static:TEXT and static:{ text with blanks }: every key is there, and has this value. */
#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/table/table_type.h"

struct static_table {
	struct table table;
	struct buf value;
};

static struct table *
open_static(const char *rest, unsigned flags, struct why *why)
{
	struct str text = str_of(rest);
	struct static_table *s;

	(void)flags;
	if (item_strip_braces(&text, why) < 0)
		return NULL;
	s = NEW(struct static_table);
	buf_init(&s->value, text.n);
	BUG_ON(buf_add(&s->value, text) < 0);
	return &s->table;
}

static int
find_static(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct static_table *s = CONTAINER_OF(t, struct static_table, table);
	int result = buf_add(value, buf_str(&s->value));

	(void)key;
	(void)deadline;
	if (result < 0) {
		why_set(why, "the value is too long");
		return result;
	}
	return 1;
}

static void
close_static(struct table *t)
{
	struct static_table *s = CONTAINER_OF(t, struct static_table, table);

	buf_drop(&s->value);
	mem_free(s);
}

const struct table_type table_type_static = {
	.name = "static",
	.is_exact = true,
	.open = open_static,
	.find = find_static,
	.close = close_static,
};
