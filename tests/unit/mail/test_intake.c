/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/mail/intake.h"

#define ROW(name, flags, text, content)                  \
	{                                                \
		name, flags, { text, sizeof(text) - 1 }, \
		{                                        \
			content, sizeof(content) - 1     \
		}                                        \
	}

static void
test_texts(void **state)
{
	static const struct {
		const char *name;
		unsigned flags;
		struct str text, content;
	} rows[] = {
		ROW("nothing", INTAKE_DOT_ENDS, "", ""),
		ROW("lines", 0, "a\nb\n", "a\r\nb\r\n"),
		ROW("no end of the last line", 0, "a\nb", "a\r\nb\r\n"),
		ROW("empty lines", 0, "\n\n", "\r\n\r\n"),
		ROW("any bytes", 0, "a\0b\xff\n", "a\0b\xff\r\n"),
		ROW("CRLF, always", INTAKE_CRLF_ENDS, "a\r\nb\nc\r\n", "a\r\nb\r\nc\r\n"),
		ROW("CRLF, only one CR", INTAKE_CRLF_ENDS, "a\r\r\n", "a\r\r\n"),
		ROW("CR at the very end", INTAKE_CRLF_ENDS, "a\r", "a\r\n"),
		ROW("CRLF, never", 0, "a\r\nb\n", "a\r\r\nb\r\n"),
		ROW("CRLF, as the first line", INTAKE_CRLF_AS_FIRST, "a\r\nb\r\n", "a\r\nb\r\n"),
		ROW("LF, as the first line", INTAKE_CRLF_AS_FIRST, "a\nb\r\n", "a\r\nb\r\r\n"),
		ROW("dot", INTAKE_DOT_ENDS, "a\n.\nb\n", "a\r\n"),
		ROW("dot without an end", INTAKE_DOT_ENDS, "a\n.", "a\r\n"),
		ROW("dot with CRLF", INTAKE_DOT_ENDS | INTAKE_CRLF_ENDS, "a\r\n.\r\nb", "a\r\n"),
		ROW("dot with a CR that is none", INTAKE_DOT_ENDS, "a\n.\r\nb\n",
		    "a\r\n.\r\r\nb\r\n"),
		ROW("dot that does not end", 0, "a\n.\nb\n", "a\r\n.\r\nb\r\n"),
		ROW("more than a dot", INTAKE_DOT_ENDS, "..\n. \n.a\n", "..\r\n. \r\n.a\r\n"),
		ROW("mailbox line", 0, "From me Mon\nSubject: x\n", "Subject: x\r\n"),
		ROW("mailbox lines", 0, ">From a b\nFrom c d\nx\n", "x\r\n"),
		ROW("From header", 0, "From: me\n", "From: me\r\n"),
		ROW("From in the body", 0, "a\nFrom me\n", "a\r\nFrom me\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(100);

		assert_int_equal(intake_text(rows[i].text, rows[i].flags, &out), 0);
		if (!str_equal(buf_str(&out), rows[i].content))
			fail_msg("%s: \"%s\"", rows[i].name, buf_text(&out));
	}
}

static void
test_bound(void **state)
{
	AUTO(buf) out = BUF_INIT(5);

	(void)state;
	assert_int_equal(intake_text(STR("abc\n"), 0, &out), 0);
	buf_clear(&out);
	assert_int_equal(intake_text(STR("abcd\n"), 0, &out), ERR_TOO_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
