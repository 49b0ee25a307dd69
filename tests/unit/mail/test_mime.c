/* SPDX-License-Identifier: BSD-2-Clause */
/* What a body consists of, however it comes. */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/mail/content_type.h"
#include "lib/mail/mime.h"

/* "F:text" a part's field, "N:" a nested one, "." the end of a header, "B:" a body, "=:" a boundary;
 * '*' behind the letter: new. Line ends are not shown. */
static void
describe(const struct mime_event *e, struct buf *out)
{
	static const char letters[] = { 'F', '.', 'B', '=' };
	struct str text = e->text;

	while (str_ends(text, STR("\n")) || str_ends(text, STR("\r")))
		text.n--;
	assert_int_equal(
	    buf_addf(out, "%c%s:", e->kind == MIME_FIELD && e->is_nested ? 'N' : letters[e->kind],
	        e->kind == MIME_BODY && e->is_new ? "*" : ""),
	    0);
	for (size_t i = 0; i < text.n; i++)
		assert_int_equal(
		    buf_add_byte(out, text.p[i] == '\r' || text.p[i] == '\n' ? '_' : text.p[i]), 0);
	assert_int_equal(buf_add_byte(out, '|'), 0);
}

/* Feeds text in pieces of that size; each in memory of its own. */
static void
feed(struct mime *m, struct str text, size_t size, struct buf *events, struct buf *whole)
{
	while (text.n != 0) {
		struct str piece = str_part(text, 0, size);
		char *copy = mem_new(piece.n);
		struct mime_event e;
		int result;

		memcpy(copy, piece.p, piece.n);
		text = str_from(text, piece.n);
		piece.p = copy;
		while ((result = mime_next(m, &piece, text.n == 0, &e)) > 0) {
			describe(&e, events);
			assert_int_equal(buf_add(whole, e.text), 0);
		}
		assert_int_equal(result, 0);
		assert_int_equal(piece.n, 0);
		mem_free(copy);
	}
}

static void
test_events(void **state)
{
#define MIXED "multipart/mixed; boundary=b"
	static const struct {
		const char *name;
		const char *type, *encoding;
		const char *text;
		const char *events;
	} rows[] = {
		{ "plain", "", "", "a\r\n--b\r\n", "B*:a|B:--b|" },
		{ "nothing", MIXED, "", "", "" },
		{ "parts", MIXED, "",
		    "x\r\n--b\r\nA: b\r\n\r\nc\r\n--b\r\n\r\nd\r\n--b--\r\ne\r\n--b\r\n",
		    "B*:x|=:--b|F:A: b|.:|B*:c|=:--b|.:|B*:d|=:--b--|B*:e|B:--b|" },
		{ "folded field", MIXED, "", "--b\r\nA: b\r\n\tc\r\n d\r\nE: f\r\n\r\n",
		    "=:--b|F:A: b__\tc__ d|F:E: f|.:|" },
		{ "nested", MIXED, "",
		    "--b\r\nContent-Type: multipart/x; boundary=\"c d\"\r\n\r\n--c "
		    "d\r\n\r\n1\r\n--c d--\r\n"
		    "2\r\n--b--\r\n",
		    "=:--b|F:Content-Type: multipart/x; boundary=\"c d\"|.:|=:--c d|.:|B*:1|=:--c "
		    "d--|B*:2|=:--b--|" },
		{ "cut off", MIXED, "",
		    "--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n--c\r\nA: "
		    "x\r\n--b\r\n\r\n",
		    "=:--b|F:Content-Type: multipart/x; boundary=c|.:|=:--c|F:A: x|=:--b|.:|" },
		{ "attached message", "message/rfc822", "", "A: b\r\nC: d\r\n\r\nE: f\r\n",
		    "N:A: b|N:C: d|.:|B*:E: f|" },
		{ "attached, encoded", "message/rfc822", "base64", "A: b\r\n", "B*:A: b|" },
		{ "attached in a part", MIXED, "",
		    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: " MIXED
		    "2\r\n\r\n--b2\r\nA: b\r\n\r\n--b2--\r\n--b--\r\n",
		    "=:--b|F:Content-Type: message/rfc822|.:|N:Subject: x|N:Content-Type: " MIXED
		    "2|.:|=:--b2|F:A: b|.:|=:--b2--|=:--b--|" },
		{ "digest", "multipart/digest; boundary=b", "",
		    "--b\r\n\r\nSubject: x\r\n\r\ny\r\n", "=:--b|.:|N:Subject: x|.:|B*:y|" },
		{ "no empty line", MIXED, "", "--b\r\nA: b\r\nbody\r\n", "=:--b|F:A: b|B*:body|" },
		{ "LF alone", MIXED, "", "--b\nA: b\n\nc\n--b--\n",
		    "=:--b|F:A: b|.:|B*:c|=:--b--|" },
		{ "no line end", MIXED, "", "--b\r\nA: b", "=:--b|F:A: b|" },
		{ "no boundary", "multipart/mixed", "", "--\r\n--b\r\n", "B*:--|B:--b|" },
		{ "more behind", MIXED, "", "--b \r\n\r\n--bcd\r\n\r\n", "=:--b |.:|=:--bcd|.:|" },
		{ "too deep", MIXED, "",
		    "--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n--c\r\nContent-Type: "
		    "multipart/x; boundary=d\r\n\r\n--d\r\nA: b\r\n--c--\r\n--b--\r\n",
		    "=:--b|F:Content-Type: multipart/x; boundary=c|.:|=:--c|F:Content-Type: "
		    "multipart/x; boundary=d|.:|B*:--d|B:A: b|=:--c--|=:--b--|" },
	};
	const struct mime_options o = {
		.field_max = 1000, .boundary_max = 100, .nesting_max = 2, .lines = true
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t size = 1; size <= strlen(rows[i].text) + 1; size++) {
			AUTO(buf) events = BUF_INIT((size_t)10000);
			AUTO(buf) whole = BUF_INIT((size_t)10000);
			AUTO(mime) m;

			mime_init(&m, &o, str_of(rows[i].type), str_of(rows[i].encoding));
			feed(&m, str_of(rows[i].text), size, &events, &whole);
			if (strcmp(buf_text(&events), rows[i].events) != 0)
				fail_msg(
				    "%s, pieces of %zu: %s", rows[i].name, size, buf_text(&events));
			assert_str_is(buf_str(&whole), rows[i].text);
		}
	}
}

/* Where lines do not matter, there are no more events than needed. */
static void
test_flat(void **state)
{
	const struct mime_options o = { .field_max = 1000, .boundary_max = 100, .nesting_max = 2 };
	AUTO(buf) events = BUF_INIT((size_t)10000);
	AUTO(buf) whole = BUF_INIT((size_t)10000);
	AUTO(mime) m;

	(void)state;
	mime_init(&m, &o, STR("text/plain"), STR(""));
	feed(&m, STR("a\r\nb\r\nc"), 5, &events, &whole);
	assert_string_equal(buf_text(&events), "B*:a__b|B:_c|");
}

static void
test_limits(void **state)
{
	const struct mime_options o = {
		.field_max = 10, .boundary_max = 3, .nesting_max = 100, .lines = true
	};
	struct str piece = STR("--bou\r\nA: 56789\r\n\r\n");
	AUTO(buf) events = BUF_INIT((size_t)100000);
	AUTO(buf) whole = BUF_INIT((size_t)100000);
	AUTO(mime) m, text;
	struct mime_event e;
	char *line = mem_new(3 * MIME_LINE_MAX);

	(void)state;
	mime_init(&m, &o, STR("multipart/x; boundary=boundary"), STR(""));
	assert_int_equal(mime_next(&m, &piece, false, &e), 1);
	assert_int_equal(e.kind, MIME_BOUNDARY);
	assert_int_equal(mime_next(&m, &piece, false, &e), 1);
	assert_int_equal(e.kind, MIME_FIELD);
	assert_int_equal(mime_next(&m, &piece, false, &e), 1);
	piece = STR("--bou\r\nA: 567890\r\n\r\n");
	assert_int_equal(mime_next(&m, &piece, false, &e), 1);
	assert_int_equal(mime_next(&m, &piece, false, &e), ERR_TOO_LONG);

	/* A long line comes in pieces, none of which is taken for a boundary. */
	memset(line, 'x', 3 * MIME_LINE_MAX);
	memcpy(line + MIME_LINE_MAX, "--bou", 5);
	mime_init(&text, &o, STR("multipart/x; boundary=bou"), STR(""));
	feed(&text, str_make(line, 3 * MIME_LINE_MAX), 1000, &events, &whole);
	assert_true(str_equal(buf_str(&whole), str_make(line, 3 * MIME_LINE_MAX)));
	assert_null(strstr(buf_text(&events), "=:"));
	mem_free(line);
}

static void
test_values(void **state)
{
	static const struct {
		const char *value;
		const char *name;
		const char *type, *subtype, *parameter;
	} rows[] = {
		{ "", "boundary", "", "", "" },
		{ "text", "boundary", "text", "", "" },
		{ " text/plain ; boundary=x", "boundary", "text", "plain", "x" },
		{ "(c) text (d) / (e) plain;\r\n\tcharset=\"a b\"; Boundary=\"x\\\"y\"", "boundary",
		    "text", "plain", "x\"y" },
		{ "a/b; boundary", "boundary", "a", "b", "" },
		{ "a/b; boundary=; boundary=c", "boundary", "a", "b", "" },
		{ "a/b; boundary=\"open", "boundary", "a", "b", "open" },
		{ "a/b; boundary=0123456789", "boundary", "a", "b", "01234567" },
		{ "a/b (open; boundary=c", "boundary", "a", "b", "" },
	};
	static const struct {
		const char *value;
		enum mime_encoding encoding;
	} encodings[] = {
		{ "", MIME_7BIT },
		{ " 7Bit ", MIME_7BIT },
		{ "8bit (c)", MIME_8BIT },
		{ "binary", MIME_BINARY },
		{ "Quoted-Printable", MIME_QUOTED_PRINTABLE },
		{ "BASE64;", MIME_BASE64 },
		{ "uuencode", MIME_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) value = BUF_INIT((size_t)8);
		struct str rest = str_of(rows[i].value), subtype;
		struct str type = content_type_take(&rest, &subtype);

		assert_str_is(type, rows[i].type);
		assert_str_is(subtype, rows[i].subtype);
		content_type_parameter(rest, str_of(rows[i].name), &value);
		if (!str_equal(buf_str(&value), str_of(rows[i].parameter)))
			fail_msg("%s: %s", rows[i].value, buf_text(&value));
	}
	for (size_t i = 0; i < ARRAY_LEN(encodings); i++)
		assert_int_equal(
		    mime_encoding_of(str_of(encodings[i].value)), encodings[i].encoding);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_flat),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
