/* SPDX-License-Identifier: BSD-2-Clause */
/* fail:NAME: no look-up ever succeeds. For tests, and for domains that must wait. */
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
	(void)t;
	(void)key;
	(void)value;
	(void)deadline;
	why_set(why, "this table always fails");
	return ERR_TEMPORARY;
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
