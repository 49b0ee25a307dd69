/* SPDX-License-Identifier: BSD-2-Clause */
/* The value of an alias: it ends, and each target is one: an address within its bounds, or a text. */
#include "tests/fuzz/fuzz.h"

#include "local/alias_value.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024 * 1024);
	struct alias_target t;
	struct alias_iter it;
	size_t count = 0;
	int n;

	if (size > 100000)
		return 0;
	alias_iter_init(&it, fuzz_str(data, size), &arena);
	while ((n = alias_next(&it, &t)) != 0) {
		BUG_ON(++count > size || it.item.n == 0);
		if (n < 0)
			continue;
		if (t.kind != ALIAS_ADDRESS) {
			BUG_ON(t.text.n == 0);
			continue;
		}
		BUG_ON(t.address.local.n == 0 || t.address.local.n > ADDRESS_LOCAL_MAX);
		BUG_ON(t.address.domain.n > ADDRESS_DOMAIN_MAX);
		BUG_ON(str_has_control(t.address.local) || str_has_control(t.address.domain));
	}
	return 0;
}
