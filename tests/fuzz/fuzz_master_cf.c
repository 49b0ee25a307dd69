/* SPDX-License-Identifier: BSD-2-Clause */
/* master.cf: an entry that was read keeps its invariants. */
#include "tests/fuzz/fuzz.h"

#include "lib/config/master_cf.h"

static void
ignore(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	BUG_ON(text[0] == '\0');
}

static void
check_entry(const struct master_cf *m, const struct master_entry *e)
{
	BUG_ON(master_cf_find(m, str_of(e->name), e->type) != e);
	BUG_ON(strchr(e->program, '/') != NULL);
	BUG_ON(e->type == MASTER_INET && (e->is_private || e->port[0] == '\0'));
	BUG_ON(e->type != MASTER_INET && strchr(e->name, '/') != NULL);
	BUG_ON(e->process_limit < MASTER_LIMIT_DEFAULT || e->wakeup < 0);
	BUG_ON(e->args[e->arg_count] != NULL || e->override_count > e->arg_count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct master_cf m;

	if (size > (size_t)64 * 1024 ||
	    master_cf_parse("master.cf", fuzz_str(data, size), &m, ignore, NULL) < 0)
		return 0;
	for (size_t i = 0; i < m.count; i++)
		check_entry(&m, &m.entries[i]);
	master_cf_drop(&m);
	return 0;
}
