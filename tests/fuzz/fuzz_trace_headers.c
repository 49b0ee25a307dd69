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
	struct str input = fuzz_str(data, size), recipient;

	if (!str_split(&input, '\n', &recipient) || recipient.n > 1000 ||
	    str_has_control(recipient))
		return 0;
	BUG_ON(find(input, recipient) < 0);
	if (trace_headers_add(&message, STR("a@b"), recipient, recipient) < 0)
		return 0;
	BUG_ON(!str_ends(buf_str(&message), STR("\r\n")));
	BUG_ON(buf_add(&message, input) < 0);
	if (str_trim(recipient).n != 0 && str_is_utf8(recipient))
		BUG_ON(find(buf_str(&message), recipient) != 1);
	return 0;
}
