/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The value of an alias, and the lines of a .forward file: they end, and each target is one: an
 * address within its bounds, or a text.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/config/logical.h"
#include "local/alias_value.h"

static void
check_target(const struct alias_target *t)
{
	if (t->kind != ALIAS_ADDRESS) {
		BUG_ON(t->text.n == 0);
		return;
	}
	BUG_ON(t->address.local.n == 0 || t->address.local.n > ADDRESS_LOCAL_MAX);
	BUG_ON(t->address.domain.n > ADDRESS_DOMAIN_MAX);
	BUG_ON(str_has_control(t->address.local) || str_has_control(t->address.domain));
}

static void
check_value(struct str value, struct arena *arena)
{
	struct alias_target t;
	struct alias_iter it;
	size_t count = 0;
	int n;

	alias_iter_init(&it, value, arena);
	while ((n = alias_next(&it, &t)) != 0) {
		BUG_ON(++count > value.n || it.item.n == 0);
		if (n > 0)
			check_target(&t);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024 * 1024);
	AUTO(logical) lines = LOGICAL_INIT(fuzz_str(data, size));

	if (size > 100000)
		return 0;
	check_value(fuzz_str(data, size), &arena);
	while (logical_next(&lines))
		check_value(lines.text, &arena);
	return 0;
}
