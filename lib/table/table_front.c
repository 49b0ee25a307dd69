/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables in front of one other table.
 *
 *	debug:type:name	tells of each look-up, and asks the table
 *	proxy:type:name	asks the table
 *
 * Postfix's "proxy:" lets a service of its own open what the process itself may not. Here tables are
 * opened before rights are given up, so that the word has nothing left to do.
 */
#include "lib/base/mem.h"
#include "lib/table/settings.h"
#include "lib/table/table_type.h"

struct front {
	struct table table;
	struct table *behind;
};

static struct table *
open_front(const char *rest, unsigned flags, struct why *why)
{
	struct front *f;
	struct table *behind = table_open(rest, flags, why);

	if (behind == NULL)
		return NULL;
	f = NEW(struct front);
	f->behind = behind;
	f->table.is_pattern = table_is_pattern(behind);
	f->table.notice = behind->notice;
	return &f->table;
}

PARKS static int
find_behind(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	return table_find(CONTAINER_OF(t, struct front, table)->behind, key, value, deadline, why);
}

PARKS static int
find_and_tell(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	int result = find_behind(t, key, value, deadline, why);

	if (result > 0)
		table_say(
		    false, "%s lookup: \"%.*s\" = \"%s\"", t->name, STR_ARG(key), buf_text(value));
	else
		table_say(false, "%s lookup: \"%.*s\" = %s", t->name, STR_ARG(key),
		    result == 0 ? "not found" : why->text);
	return result;
}

static void
close_front(struct table *t)
{
	struct front *f = CONTAINER_OF(t, struct front, table);

	table_close(f->behind);
	mem_free(f);
}

const struct table_type table_type_debug = {
	.name = "debug",
	.is_exact = true,
	.open = open_front,
	.find = find_and_tell,
	.close = close_front,
};

const struct table_type table_type_proxy = {
	.name = "proxy",
	.is_exact = true,
	.open = open_front,
	.find = find_behind,
	.close = close_front,
};
