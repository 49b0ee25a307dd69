/* SPDX-License-Identifier: BSD-2-Clause */
/* An address that was read is within its bounds, and reads back the same from both its forms. */
#include "tests/fuzz/fuzz.h"

#include "lib/mail/address.h"

static void
check_same(const struct address *a, const struct address *b)
{
	BUG_ON(!str_equal(a->local, b->local));
	BUG_ON(!str_equal(a->domain, b->domain));
	BUG_ON(a->utf8 != b->utf8);
}

static void
check_forms(const struct address *a, struct arena *arena)
{
	AUTO(buf) text = BUF_INIT(2 * ADDRESS_MAX + 2);
	struct address again;

	BUG_ON(address_add_external(a, &text) < 0);
	BUG_ON(address_parse(buf_str(&text), arena, &again) < 0);
	check_same(a, &again);
	if (a->domain.n == 0)
		return;
	buf_clear(&text);
	BUG_ON(address_add_internal(a, &text) < 0);
	again = address_from_internal(buf_str(&text));
	check_same(a, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT((size_t)64 * 1024);
	struct str base, extension;
	struct address a;

	if (address_parse(fuzz_str(data, size), &arena, &a) == 0) {
		BUG_ON(a.local.n > ADDRESS_LOCAL_MAX || a.domain.n > ADDRESS_DOMAIN_MAX);
		BUG_ON(str_has_control(a.local) || str_has_control(a.domain));
		BUG_ON(a.local.n == 0 && a.domain.n != 0);
		if (address_split_extension(a.local, "+-", &base, &extension))
			BUG_ON(base.n == 0 || base.n + 1 + extension.n != a.local.n);
		check_forms(&a, &arena);
	}
	arena_drop(&arena);
	return 0;
}
