/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking for a loop in a stranger's message: the same whether the message comes whole or not, and
 * what we put on top is found again.
 */
#include "tests/fuzz/fuzz.h"

#include "local/trace_headers.h"

static int
find(struct str bytes, struct str recipient)
{
	struct content c = { .bytes = bytes, .fd = -1, .length = bytes.n };

	if (c.bytes.p == NULL)
		c.bytes = STR("");
	return trace_headers_find_delivered(&c, recipient);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf) message = BUF_INIT(size + TRACE_HEADERS_MAX);
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024);
	struct str input = fuzz_str(data, size), recipient;
	struct address a;

	if (!str_split(&input, '\n', &recipient) || recipient.n > 1000)
		return 0;
	a = address_from_internal(recipient);
	if (address_make(a.local, a.domain, &arena, &a) < 0)
		return 0;
	BUG_ON(find(input, recipient) < 0);
	if (trace_headers_add(&message, STR("a@b"), recipient, recipient) < 0)
		return 0;
	BUG_ON(!str_ends(buf_str(&message), STR("\r\n")));
	BUG_ON(buf_add(&message, input) < 0);
	if (!address_is_null(&a))
		BUG_ON(find(buf_str(&message), recipient) != 1);
	return 0;
}
