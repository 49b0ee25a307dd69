/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unionmap:{ t1, t2, … }: what each of the tables has for the key, with commas between. One that
 * cannot find out decides for all.
 */
#include "lib/base/err.h"
#include "lib/table/members.h"

PARKS static int
add_answer(
    struct table *member, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	AUTO(buf) one = BUF_INIT(value->max);
	int result = table_find(member, key, &one, deadline, why);

	if (result <= 0)
		return result;
	if (value->n != 0 && one.n != 0 && buf_add_byte(value, ',') < 0)
		result = ERR_TOO_LONG;
	if (result > 0 && buf_add(value, buf_str(&one)) < 0)
		result = ERR_TOO_LONG;
	if (result < 0)
		why_set(why, "the values together are too long");
	return result;
}

PARKS static int
find_unionmap(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct members *m = CONTAINER_OF(t, struct members, table);
	int result, found = 0;

	for (size_t i = 0; i < m->list.count; i++) {
		result = add_answer(m->list.tables[i], key, value, deadline, why);
		if (result < 0)
			return result;
		found |= result;
	}
	return found;
}

const struct table_type table_type_unionmap = {
	.name = "unionmap",
	.is_exact = true,
	.open = members_open,
	.find = find_unionmap,
	.close = members_close,
};
