/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a table, of both kinds: entries lie within bounds, no key is empty, and it ends. */
#include "tests/fuzz/fuzz.h"

#include "lib/table/source.h"

static void
read_all(enum source_kind kind, struct str text)
{
	struct str key, value;
	struct source in;
	struct why why;
	size_t lines = 0;
	int last = 0, result;

	source_init(&in, kind, text);
	while ((result = source_next(&in, &key, &value, &why)) != 0) {
		BUG_ON(in.line <= last || ++lines > text.n);
		last = in.line;
		if (result < 0)
			continue;
		BUG_ON(key.n == 0 || value.n == 0 || key.n + value.n > text.n);
		BUG_ON(char_is_space(value.p[0]) || char_is_space(value.p[value.n - 1]));
	}
	source_drop(&in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_all(SOURCE_MAP, fuzz_str(data, size));
	read_all(SOURCE_ALIASES, fuzz_str(data, size));
	return 0;
}
