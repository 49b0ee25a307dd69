/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pipemap:{ t1, t2, … }: the value that one table has is the key for the next; the last one's value
 * counts. Where any has none, there is none.
 */
#include "lib/base/err.h"
#include "lib/table/members.h"

PARKS static int
find_pipemap(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct members *m = CONTAINER_OF(t, struct members, table);
	AUTO(buf) last = BUF_INIT(TABLE_VALUE_MAX);
	int result = 1;

	for (size_t i = 0; i < m->list.count && result > 0; i++) {
		result = table_find(m->list.tables[i], key, value, deadline, why);
		buf_clear(&last);
		if (result > 0 && buf_add(&last, buf_str(value)) < 0) {
			why_set(why, "a value between two tables is too long");
			return ERR_TOO_LONG;
		}
		key = buf_str(&last);
	}
	return result;
}

const struct table_type table_type_pipemap = {
	.name = "pipemap",
	.is_exact = true,
	.open = members_open,
	.find = find_pipemap,
	.close = members_close,
};
