/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/members.h"

#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"

struct table *
members_open(const char *rest, unsigned flags, struct why *why)
{
	AUTO(buf) names = BUF_INIT(TABLE_VALUE_MAX);
	struct str text = str_of(rest);
	struct members *m;

	if (rest[0] != '{' || text.n > TABLE_VALUE_MAX) {
		why_set(why, "{ type:name, … } is expected");
		return NULL;
	}
	if (item_strip_braces(&text, why) < 0)
		return NULL;
	BUG_ON(buf_add(&names, text) < 0);
	m = NEW(struct members);
	if (table_list_open(&m->list, buf_text(&names), flags, why) < 0) {
		mem_free(m);
		return NULL;
	}
	for (size_t i = 0; i < m->list.count; i++)
		m->table.is_pattern = m->table.is_pattern || table_is_pattern(m->list.tables[i]);
	if (m->list.count != 0)
		return &m->table;
	why_set(why, "at least one table is expected between the braces");
	members_close(&m->table);
	return NULL;
}

void
members_close(struct table *t)
{
	struct members *m = CONTAINER_OF(t, struct members, table);

	table_list_close(&m->list);
	mem_free(m);
}
