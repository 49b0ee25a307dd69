/* SPDX-License-Identifier: BSD-2-Clause */
/* environ:NAME: the environment of this process. What follows the colon is ignored. */
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/process.h"
#include "lib/table/table_type.h"

static struct table *
open_environ(const char *rest, unsigned flags, struct why *why)
{
	(void)rest;
	(void)flags;
	(void)why;
	return NEW(struct table);
}

static int
find_environ(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	AUTO(buf) name = BUF_INIT(key.n);
	const char *found;

	(void)t;
	(void)deadline;
	if (key.n == 0 || memchr(key.p, '\0', key.n) != NULL || str_index(key, '=') < key.n)
		return 0;
	BUG_ON(buf_add(&name, key) < 0);
	found = sys_environment(buf_text(&name));
	if (found == NULL)
		return 0;
	if (buf_add(value, str_of(found)) == 0)
		return 1;
	why_set(why, "the value of \"%.*s\" is too long", STR_ARG(key));
	return ERR_TOO_LONG;
}

static void
close_environ(struct table *t)
{
	mem_free(t);
}

const struct table_type table_type_environ = {
	.name = "environ",
	.is_exact = true,
	.needs_no_rest = true,
	.open = open_environ,
	.find = find_environ,
	.close = close_environ,
};
