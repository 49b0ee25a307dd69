/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fail:NAME: no look-up ever succeeds. For tests, and for domains that must wait. A table that was to
 * be opened in any case (TABLE_LATE) and could not be is one of these, with words of its own.
 */
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/table/table_type.h"

static struct table *
open_fail(const char *rest, unsigned flags, struct why *why)
{
	(void)rest;
	(void)flags;
	(void)why;
	return NEW(struct table);
}

static int
find_fail(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	const char *words = table_notice(t);

	(void)key;
	(void)value;
	(void)deadline;
	why_set(why, "%s", words != NULL ? words : "this table always fails");
	return ERR_TEMPORARY;
}

struct table *
table_broken_new(const struct why *notice)
{
	struct table *t = NEW(struct table);

	t->notice = *notice;
	return t;
}

static void
close_fail(struct table *t)
{
	mem_free(t);
}

const struct table_type table_type_fail = {
	.name = "fail",
	.is_exact = true,
	.open = open_fail,
	.find = find_fail,
	.close = close_fail,
};
