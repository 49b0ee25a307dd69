/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/esmtp/dot.h"

/* What reading a text gives, in pieces of any split. */
struct outcome {
	struct buf content;
	enum dot_result end;
	size_t used; /* bytes of the text up to the end of data */
	unsigned saw;
};

static enum dot_result
feed(struct dot_reader *d, struct str input, struct outcome *o)
{
	struct str piece, rest = input;
	enum dot_result result;

	while ((result = dot_read(d, &rest, &piece)) == DOT_PIECE)
		assert_int_equal(buf_add(&o->content, piece), 0);
	o->used += input.n - rest.n;
	return result;
}

/* Reads text in the parts that end at each of the offsets. */
static void
read_split(struct str text, const size_t *ends, size_t count, enum dot_newline newline,
    bool keep_stray_cr, struct outcome *o)
{
	struct dot_reader d;
	size_t at = 0;

	o->end = DOT_MORE;
	o->used = 0;
	buf_clear(&o->content);
	dot_reader_init(&d, newline, keep_stray_cr);
	for (size_t i = 0; i < count && o->end == DOT_MORE; i++) {
		o->end = feed(&d, str_part(text, at, ends[i] - at), o);
		at = ends[i];
	}
	o->saw = d.saw;
}

struct row {
	const char *name;
	struct str text;
	struct str content;
	enum dot_result end;
	size_t left; /* bytes behind the end of data */
	unsigned saw;
};

#define BARE  DOT_SAW_BARE_LF
#define STRAY DOT_SAW_STRAY_CR

static void
check(const struct row *row, enum dot_newline newline, bool keep, const size_t *ends, size_t count)
{
	struct outcome o = { .content = BUF_INIT(4096) };

	read_split(row->text, ends, count, newline, keep, &o);
	if (!str_equal(buf_str(&o.content), row->content) || o.end != row->end ||
	    o.saw != row->saw || o.used != row->text.n - row->left)
		fail_msg("%s (split at %zu): content \"%s\", end %d, used %zu, saw %x", row->name,
		    ends[0], buf_text(&o.content), o.end, o.used, o.saw);
	buf_drop(&o.content);
}

/* Whole, split in two at each byte, in three at each two bytes, and byte by byte. */
static void
check_splits(const struct row *row, enum dot_newline newline, bool keep)
{
	size_t each[512], n = row->text.n;

	assert_true(n <= ARRAY_LEN(each));
	for (size_t i = 0; i < n; i++)
		each[i] = i + 1;
	check(row, newline, keep, each, n);
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = i; j <= n; j++)
			check(row, newline, keep, (const size_t[]){ i, j, n }, 3);
	}
}

static void
check_rows(const struct row *rows, size_t count, enum dot_newline newline, bool keep)
{
	for (size_t i = 0; i < count; i++)
		check_splits(&rows[i], newline, keep);
}

#define ROW(name, text, content, end, left, saw)                        \
	{                                                               \
		name, STR_INIT(text), STR_INIT(content), end, left, saw \
	}

/* The nine ways to write a dot between two line ends; behind each, what a smuggler would add. */
static const struct row normalize[] = {
	ROW("empty message", ".\r\n", "", DOT_END, 0, 0),
	ROW("CRLF.CRLF", "a\r\n.\r\nMAIL", "a\r\n", DOT_END, 4, 0),
	ROW("CRLF.LF", "a\r\n.\nMAIL", "a\r\n.\r\nMAIL", DOT_MORE, 0, BARE),
	ROW("CRLF.CR", "a\r\n.\rMAIL", "a\r\n MAIL", DOT_MORE, 0, STRAY),
	ROW("LF.CRLF", "a\n.\r\nMAIL", "a\r\n.\r\nMAIL", DOT_MORE, 0, BARE),
	ROW("LF.LF", "a\n.\nMAIL", "a\r\n.\r\nMAIL", DOT_MORE, 0, BARE),
	ROW("LF.CR", "a\n.\rMAIL", "a\r\n MAIL", DOT_MORE, 0, BARE | STRAY),
	ROW("CR.CRLF", "a\r.\r\nMAIL", "a .\r\nMAIL", DOT_MORE, 0, STRAY),
	ROW("CR.LF", "a\r.\nMAIL", "a .\r\nMAIL", DOT_MORE, 0, BARE | STRAY),
	ROW("CR.CR", "a\r.\rMAIL", "a . MAIL", DOT_MORE, 0, STRAY),
	ROW("CRLF.CRCRLF", "a\r\n.\r\r\nMAIL", "a\r\n \r\nMAIL", DOT_MORE, 0, STRAY),
	ROW("CRLFCR.CRLF", "a\r\n\r.\r\nMAIL", "a\r\n .\r\nMAIL", DOT_MORE, 0, STRAY),
	ROW("CRLF NUL .CRLF", "a\r\n\0.\r\nMAIL", "a\r\n\0.\r\nMAIL", DOT_MORE, 0, DOT_SAW_NUL),
	ROW("CRLF. NUL CRLF", "a\r\n.\0\r\nMAIL", "a\r\n\0\r\nMAIL", DOT_MORE, 0, DOT_SAW_NUL),
	ROW("CRLF. CRLF with a blank", "a\r\n. \r\nMAIL", "a\r\n \r\nMAIL", DOT_MORE, 0, 0),
	ROW("end behind a kept dot", "a\n.\r\n.\r\nM", "a\r\n.\r\n", DOT_END, 1, BARE),
	ROW("end behind a kept dot, LF", "a\r\n.\n.\r\n.\r\nM", "a\r\n.\r\n.\r\n", DOT_END, 1,
	    BARE),
	ROW("end behind a blank line", "\r\n.\r\n", "\r\n", DOT_END, 0, 0),
	ROW("no end", "a\r\n", "a\r\n", DOT_MORE, 0, 0),
	ROW("dot only", ".", "", DOT_MORE, 0, 0),
	ROW("dot and CR only", ".\r", "", DOT_MORE, 0, 0),
	ROW("CR only", "a\r", "a", DOT_MORE, 0, 0),
	ROW("nothing", "", "", DOT_MORE, 0, 0),
	ROW("stuffed dots", "..\r\n..a\r\n.b\r\n.\r\n", ".\r\n.a\r\nb\r\n", DOT_END, 0, 0),
	ROW("stuffed dots behind LF", "a\n..\n..b\n.c\r\n.\r\n", "a\r\n.\r\n.b\r\nc\r\n", DOT_END,
	    0, BARE),
	ROW("dots within lines", "a.\r\nb.c\r\n.\r\n", "a.\r\nb.c\r\n", DOT_END, 0, 0),
	ROW("LF runs", "\n\n\r\n.\r\n", "\r\n\r\n\r\n", DOT_END, 0, BARE),
	ROW("CR runs", "\r\r\r\n.\r\n", "  \r\n", DOT_END, 0, STRAY),
	ROW("8-bit", "\xc3\xbc\r\n.\r\n", "\xc3\xbc\r\n", DOT_END, 0, DOT_SAW_8BIT),
	ROW("several lines", "ab\r\ncd\r\n\r\nef\r\n.\r\nX", "ab\r\ncd\r\n\r\nef\r\n", DOT_END, 1,
	    0),
};

static void
test_normalize(void **state)
{
	(void)state;
	check_rows(normalize, ARRAY_LEN(normalize), DOT_NEWLINE_NORMALIZE, false);
	check_rows(normalize, ARRAY_LEN(normalize), DOT_NEWLINE_NOTE, false);
}

static void
test_keep_stray_cr(void **state)
{
	static const struct row rows[] = {
		ROW("CR.CR", "a\r.\rb\r\n.\r\n", "a\r.\rb\r\n", DOT_END, 0, STRAY),
		ROW("CRLF.CRCRLF", "a\r\n.\r\r\nb\r\n.\r\n", "a\r\n\r\r\nb\r\n", DOT_END, 0, STRAY),
		ROW("CR before LF", "\r\r\n.\r\n", "\r\r\n", DOT_END, 0, STRAY),
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), DOT_NEWLINE_NORMALIZE, true);
}

static void
test_reject(void **state)
{
	static const struct row rows[] = {
		ROW("CRLF.CRLF", "a\r\n.\r\nM", "a\r\n", DOT_END, 1, 0),
		ROW("LF in a line", "a\nb", "a", DOT_REFUSED, 1, BARE),
		ROW("LF behind LF", "\n\n", "", DOT_REFUSED, 1, BARE),
		ROW("CRLF.LF", "a\r\n.\nb", "a\r\n", DOT_REFUSED, 1, BARE),
		ROW("stray CR", "a\rb\r\n.\r\n", "a b\r\n", DOT_END, 0, STRAY),
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), DOT_NEWLINE_REJECT, false);
}

static void
test_no(void **state)
{
	static const struct row rows[] = {
		ROW("CRLF.CRLF", "a\r\n.\r\nM", "a\r\n", DOT_END, 1, 0),
		ROW("CRLF.LF", "a\r\n.\nM", "a\r\n", DOT_END, 1, BARE),
		ROW("LF.CRLF", "a\n.\r\nM", "a\r\n", DOT_END, 1, BARE),
		ROW("LF.LF", "a\n.\nM", "a\r\n", DOT_END, 1, BARE),
		ROW("CR.CR", "a\r.\rM", "a . M", DOT_MORE, 0, STRAY),
		ROW("CRLF.CRCRLF", "a\r\n.\r\r\nM", "a\r\n \r\nM", DOT_MORE, 0, STRAY),
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), DOT_NEWLINE_NO, false);
}

/* Content that comes by length, split everywhere. */
static void
check_chunks(const struct row *row, enum dot_newline newline, bool keep, size_t i, size_t j)
{
	const size_t ends[] = { i, j, row->text.n };
	struct outcome o = { .content = BUF_INIT(4096) };
	struct dot_reader d;
	size_t at = 0;

	dot_reader_init_chunks(&d, newline, keep);
	for (size_t k = 0; k < ARRAY_LEN(ends) && o.end != DOT_REFUSED; k++) {
		o.end = feed(&d, str_part(row->text, at, ends[k] - at), &o);
		at = ends[k];
	}
	if (o.end == DOT_MORE)
		assert_int_equal(buf_add(&o.content, dot_read_last(&d)), 0);
	if (!str_equal(buf_str(&o.content), row->content) || o.end != row->end ||
	    o.used != row->text.n - row->left || d.saw != row->saw)
		fail_msg("%s (split at %zu, %zu): content \"%s\", end %d, saw %x", row->name, i, j,
		    buf_text(&o.content), o.end, d.saw);
	buf_drop(&o.content);
}

static void
check_chunk_rows(const struct row *rows, size_t count, enum dot_newline newline, bool keep)
{
	for (size_t r = 0; r < count; r++) {
		for (size_t i = 0; i <= rows[r].text.n; i++) {
			for (size_t j = i; j <= rows[r].text.n; j++)
				check_chunks(&rows[r], newline, keep, i, j);
		}
	}
}

static void
test_chunks(void **state)
{
	static const struct row normalized[] = {
		ROW("nothing", "", "", DOT_MORE, 0, 0),
		ROW("lines", "a\r\nb\r\n", "a\r\nb\r\n", DOT_MORE, 0, 0),
		ROW("a last line without its end", "a\r\nb", "a\r\nb\r\n", DOT_MORE, 0, 0),
		ROW("dots", ".\r\n..\r\n...x\r\n.", ".\r\n..\r\n...x\r\n.\r\n", DOT_MORE, 0, 0),
		ROW("an end of data", "a\r\n.\r\nQUIT\r\n", "a\r\n.\r\nQUIT\r\n", DOT_MORE, 0, 0),
		ROW("LF", "a\n.\nb\n", "a\r\n.\r\nb\r\n", DOT_MORE, 0, BARE),
		ROW("CR", "a\rb\r\r\n", "a b \r\n", DOT_MORE, 0, STRAY),
		ROW("CR at the end", "a\r", "a \r\n", DOT_MORE, 0, STRAY),
		ROW("NUL and 8-bit", "\0\xff\r\n", "\0\xff\r\n", DOT_MORE, 0,
		    DOT_SAW_NUL | DOT_SAW_8BIT),
	};
	static const struct row kept[] = {
		ROW("CR", "a\rb\r\r\n", "a\rb\r\r\n", DOT_MORE, 0, STRAY),
		ROW("CR at the end", "a\r", "a\r\r\n", DOT_MORE, 0, STRAY),
	};
	static const struct row refused[] = {
		ROW("lines", "a\r\n.\r\n", "a\r\n.\r\n", DOT_MORE, 0, 0),
		ROW("LF behind a dot", "a\r\n.\nb", "a\r\n.", DOT_REFUSED, 1, BARE),
	};

	(void)state;
	check_chunk_rows(normalized, ARRAY_LEN(normalized), DOT_NEWLINE_NORMALIZE, false);
	check_chunk_rows(normalized, ARRAY_LEN(normalized), DOT_NEWLINE_NO, false);
	check_chunk_rows(kept, ARRAY_LEN(kept), DOT_NEWLINE_NORMALIZE, true);
	check_chunk_rows(refused, ARRAY_LEN(refused), DOT_NEWLINE_REJECT, false);
}

/* 998 octets are a line, 999 are too many, whatever the splits and line ends. */
static void
test_long_lines(void **state)
{
	static const struct {
		const char *end;
		unsigned saw;
	} ends[] = { { "\r\n", 0 }, { "\n", BARE }, { "\rx\r\n", STRAY } };

	(void)state;
	for (size_t e = 0; e < ARRAY_LEN(ends); e++) {
		for (size_t length = 996; length <= 999; length++) {
			struct outcome o = { .content = BUF_INIT(4096) };
			AUTO(buf) text = BUF_INIT(4096);
			size_t real = length + (ends[e].saw == STRAY ? 2 : 0);

			for (size_t i = 0; i < length; i++)
				assert_int_equal(buf_add_byte(&text, 'x'), 0);
			assert_int_equal(buf_add(&text, str_of(ends[e].end)), 0);
			assert_int_equal(buf_add(&text, STR("y\r\n.\r\n")), 0);
			read_split(buf_str(&text), (const size_t[]){ 500, length + 1, text.n }, 3,
			    DOT_NEWLINE_NORMALIZE, false, &o);
			assert_int_equal(
			    o.saw, ends[e].saw | (real > 998 ? (unsigned)DOT_SAW_LONG_LINE : 0));
			assert_int_equal(o.end, DOT_END);
			buf_drop(&o.content);
		}
	}
}

static void
write_split(struct str text, size_t i, size_t j, struct buf *wire)
{
	struct str parts[3] = { str_part(text, 0, i), str_part(text, i, j - i), str_from(text, j) };
	struct dot_writer d;
	struct str piece;

	buf_clear(wire);
	dot_writer_init(&d);
	for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
		while (dot_write(&d, &parts[k], &piece))
			assert_int_equal(buf_add(wire, piece), 0);
		assert_int_equal(parts[k].n, 0);
	}
	assert_int_equal(buf_add(wire, dot_write_end(&d)), 0);
}

static void
test_write(void **state)
{
	static const struct {
		const char *text;
		const char *wire;
	} rows[] = {
		{ "", ".\r\n" },
		{ "a\r\n", "a\r\n.\r\n" },
		{ "a", "a\r\n.\r\n" },
		{ ".", "..\r\n.\r\n" },
		{ ".\r\n", "..\r\n.\r\n" },
		{ "..\r\n", "...\r\n.\r\n" },
		{ "a\r\n.b\r\n\r\n.\r\n", "a\r\n..b\r\n\r\n..\r\n.\r\n" },
		{ "a.b\r\n", "a.b\r\n.\r\n" },
		{ "a\n.\nb", "a\r\n..\r\nb\r\n.\r\n" },
		{ "a\r.\rb\r\n", "a . b\r\n.\r\n" },
		{ "a\r", "a \r\n.\r\n" },
		{ "a\r\r\n", "a \r\n.\r\n" },
		{ "\n\n", "\r\n\r\n.\r\n" },
		{ "\r\n.\r\nMAIL FROM:<>\r\n", "\r\n..\r\nMAIL FROM:<>\r\n.\r\n" },
		{ "a\n.\r\nMAIL", "a\r\n..\r\nMAIL\r\n.\r\n" },
	};

	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		struct str text = str_of(rows[r].text);
		AUTO(buf) wire = BUF_INIT(100);

		for (size_t i = 0; i <= text.n; i++) {
			for (size_t j = i; j <= text.n; j++) {
				write_split(text, i, j, &wire);
				if (!str_equal(buf_str(&wire), str_of(rows[r].wire)))
					fail_msg(
					    "row %zu split %zu %zu: %s", r, i, j, buf_text(&wire));
			}
		}
	}
}

/* The writer can be used again for the next message. */
static void
test_write_again(void **state)
{
	struct str text = STR("a");
	struct dot_writer d;
	struct str piece;

	(void)state;
	dot_writer_init(&d);
	assert_true(dot_write(&d, &text, &piece));
	assert_str_is(dot_write_end(&d), "\r\n.\r\n");
	text = STR(".b");
	assert_true(dot_write(&d, &text, &piece));
	assert_str_is(piece, ".");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normalize),
		cmocka_unit_test(test_keep_stray_cr),
		cmocka_unit_test(test_reject),
		cmocka_unit_test(test_no),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
