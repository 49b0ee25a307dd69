/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/mail/recipients.h"

/* The addresses, in internal form, between blanks. */
static void
describe(const struct recipients *r, struct buf *out)
{
	for (size_t i = 0; i < r->count; i++) {
		assert_int_equal(buf_add(out, i == 0 ? STR_NONE : STR(" ")), 0);
		assert_int_equal(address_add_internal(&r->items[i], out), 0);
	}
}

static void
test_headers(void **state)
{
	static const struct {
		const char *name, *message, *addresses;
		int result;
	} rows[] = {
		{ "none", "Subject: x\r\n\r\nTo: body@x\r\n", "", 0 },
		{ "no header", "just text\r\n", "", 0 },
		{ "three fields", "To: a@x\r\nCC: b@x\r\nbcc: c@x\r\n\r\n", "a@x b@x c@x", 0 },
		{ "lists and names", "To: A <a@x>, \"B, C\" <b@x>,\r\n c@x (comment, too)\r\n",
		    "a@x b@x c@x", 0 },
		{ "groups", "To: list: a@x, b@x;, c@x\r\nCc: nobody:;\r\n", "a@x b@x c@x", 0 },
		{ "the same twice", "To: a@x, A@x\r\nCc: a@X\r\n", "a@x A@x", 0 },
		{ "without a domain", "To: root\r\n", "root", 0 },
		{ "null address", "To: <>, a@x\r\n", "a@x", 0 },
		{ "several fields of a name", "To: a@x\r\nTo: b@x\r\n", "a@x b@x", 0 },
		{ "resent", "To: a@x\r\nResent-To: b@x\r\nResent-Bcc: c@x\r\nCc: d@x\r\n",
		    "b@x c@x", 0 },
		{ "other resent fields", "To: a@x\r\nResent-From: b@x\r\n", "a@x", 0 },
		{ "no address", "To: a@x, b@@x\r\n", "a@x", ERR_SYNTAX },
		{ "injected control", "To: a@x\r\nCc: b\x01@x\r\n", "a@x", ERR_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena arena = ARENA_INIT((size_t)64 * 1024);
		AUTO(buf) got = BUF_INIT(1000);
		struct recipients r;
		int result;

		recipients_init(&r, &arena, 100);
		result = recipients_add_header(&r, str_of(rows[i].message));
		describe(&r, &got);
		if (result != rows[i].result || strcmp(buf_text(&got), rows[i].addresses) != 0)
			fail_msg("%s: %d %s", rows[i].name, result, buf_text(&got));
		recipients_drop(&r);
		arena_drop(&arena);
	}
}

static void
test_limit(void **state)
{
	struct arena arena = ARENA_INIT((size_t)64 * 1024);
	struct recipients r;

	(void)state;
	recipients_init(&r, &arena, 2);
	assert_int_equal(recipients_add_list(&r, STR("a@x, b@x, a@x")), 0);
	assert_int_equal(recipients_add_list(&r, STR("b@x, c@x")), ERR_TOO_MANY);
	assert_int_equal(r.count, 2);
	recipients_drop(&r);
	arena_drop(&arena);
}

static void
test_hiding(void **state)
{
	static const struct {
		const char *name, *before, *after;
	} rows[] = {
		{ "nothing", "", "" },
		{ "nothing to hide", "To: a\r\n\r\nBcc: b\r\n", "To: a\r\n\r\nBcc: b\r\n" },
		{ "one", "To: a\r\nBcc: b,\r\n c\r\nCc: d\r\n\r\nx\r\n",
		    "To: a\r\nCc: d\r\n\r\nx\r\n" },
		{ "resent", "Resent-Bcc: a\r\nTo: b\r\nBCC: c\r\n", "To: b\r\n" },
		{ "only that", "Bcc: a\r\n\r\nx\r\n", "\r\nx\r\n" },
		{ "similar names", "Bccc: a\r\nX-Bcc: b\r\n", "Bccc: a\r\nX-Bcc: b\r\n" },
		{ "after what is no field", "To: a\r\nwords\r\nBcc: b\r\n",
		    "To: a\r\nwords\r\nBcc: b\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);

		assert_int_equal(recipients_hide(str_of(rows[i].before), &out), 0);
		if (strcmp(buf_text(&out), rows[i].after) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&out));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_hiding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
