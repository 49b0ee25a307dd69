/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables within main.cf, and keys from strangers: the first line is a table's name, the rest the
 * key. Nothing is read from files. A key that was found gives a value within its bound; asking again
 * gives the same.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/base/ticks.h"
#include "lib/table/table.h"

#define NAME_MAX_SIZE 4096

/*
 * The C library needs memory without bound for repetitions of repetitions. Patterns are the
 * administrator's, so that harms nobody but the fuzzer.
 */
static bool
repeats_much(const char *name)
{
	size_t n = 0;

	for (; *name != '\0'; name++)
		n += strchr("*+?{", *name) != NULL;
	return n > 12;
}

static bool
is_inline(const char *name)
{
	static const char *const heads[] = { "inline:", "static:", "cidr:{", "regexp:{",
		"pcre:{" };

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		if (str_starts(str_of(name), str_of(heads[i])))
			return true;
	}
	return false;
}

static void
check_key(struct table *t, struct str key)
{
	AUTO(buf) value = BUF_INIT(4096);
	AUTO(buf) again = BUF_INIT(4096);
	struct why why;
	int found = table_find(t, key, &value, TICKS_NEVER, &why);

	BUG_ON(found <= 0 && value.n != 0);
	BUG_ON(table_find(t, key, &again, TICKS_NEVER, &why) != found);
	BUG_ON(!str_equal(buf_str(&value), buf_str(&again)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = fuzz_str(data, size), line;
	char name[NAME_MAX_SIZE] = "";
	struct why why = WHY_INIT;
	struct table *t;

	if (!str_split(&input, '\n', &line) || line.n >= sizeof(name))
		return 0;
	if (line.n != 0)
		memcpy(name, line.p, line.n);
	if (!is_inline(name) || (str_starts(str_of(name), STR("regexp:")) && repeats_much(name)))
		return 0;
	t = table_open(name, TABLE_FOLD, &why);
	BUG_ON(t == NULL && why.text[0] == '\0');
	if (t == NULL)
		return 0;
	check_key(t, input);
	check_key(t, STR("192.0.2.1"));
	table_close(t);
	return 0;
}
