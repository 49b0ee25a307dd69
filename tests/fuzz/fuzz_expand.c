/* SPDX-License-Identifier: BSD-2-Clause */
/* $name and its relatives: the output is bounded, a failure has words, names are names. */
#include "tests/fuzz/fuzz.h"

#include "lib/config/expand.h"

static int
find(void *context, struct str name, struct str *value, struct why *why)
{
	(void)context;
	(void)why;
	BUG_ON(!expand_is_name(name));
	if (name.n > 3)
		return 0;
	*value = str_part(STR("12 x"), 0, name.n);
	return 1;
}

static void
see(void *context, struct str name)
{
	size_t *seen = context;

	BUG_ON(!expand_is_name(name));
	*seen += name.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct expand_source source = { .find = find };
	AUTO(buf) out = BUF_INIT(4096);
	struct why why = WHY_INIT;
	size_t seen = 0;

	if (expand(fuzz_str(data, size), &source, &out, &why) < 0)
		BUG_ON(why.text[0] == '\0');
	BUG_ON(out.n > 4096);
	expand_each_name(fuzz_str(data, size), see, &seen);
	BUG_ON(seen > size);
	return 0;
}
