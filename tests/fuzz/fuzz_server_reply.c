/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a server of tcp: or socketmap: may answer: anything. A value is within its bound; a failure
 * has words; the length of a netstring is within what was allowed. What was encoded for a request is
 * one line, and means itself.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/table/server_reply.h"

#define VALUE_MAX ((size_t)1000)

static void
check_reply(int (*read)(struct str, struct buf *, struct why *), struct str reply)
{
	AUTO(buf) value = BUF_INIT(VALUE_MAX);
	struct why why = WHY_INIT;
	int result = read(reply, &value, &why);

	BUG_ON(result > 1 || value.n > VALUE_MAX);
	BUG_ON(result < 0 && why.text[0] == '\0');
	BUG_ON(result == 0 && value.n != 0);
}

static void
check_head(struct str bytes)
{
	struct why why = WHY_INIT;
	size_t length = 0;
	int result = netstring_read_head(bytes, VALUE_MAX, &length, &why);

	BUG_ON(result > 0 && (length > VALUE_MAX || bytes.p[result - 1] != ':'));
	BUG_ON(result == 0 && bytes.n > 10);
	BUG_ON(result < 0 && why.text[0] == '\0');
}

static void
check_encoding(struct str text)
{
	AUTO(buf) reply = BUF_INIT(text.n * 3 + 4);
	AUTO(buf) value = BUF_INIT(text.n);
	struct why why = WHY_INIT;

	BUG_ON(buf_add(&reply, STR("200 ")) < 0 || tcp_add_encoded(text, &reply) < 0);
	BUG_ON(str_has_control(buf_str(&reply)));
	BUG_ON(tcp_read_reply(buf_str(&reply), &value, &why) != 1);
	BUG_ON(!str_equal(buf_str(&value), text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = fuzz_str(data, size);

	check_reply(tcp_read_reply, input);
	check_reply(socketmap_read_reply, input);
	check_head(input);
	check_encoding(input);
	return 0;
}
