/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first byte chooses how the rest is read and split. Any split gives the same content and the
 * same end; the content, where it is normalised, has only CRLF pairs; written out and read again it
 * is itself, and ends where it should.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/base/buf.h"
#include "lib/esmtp/dot.h"

static enum dot_result
read_all(struct dot_reader *d, struct str *input, struct buf *content)
{
	enum dot_result result;
	struct str piece;

	while ((result = dot_read(d, input, &piece)) == DOT_PIECE)
		BUG_ON(buf_add(content, piece) < 0);
	return result;
}

/* The same text by length: any split gives the same, and a text without odd line ends is itself. */
static void
check_chunks(struct str text, size_t step, int mode)
{
	AUTO(buf) content = BUF_INIT(2 * text.n + 16);
	struct dot_reader d;
	struct str part;

	dot_reader_init_chunks(&d, (enum dot_newline)(mode & 3), (mode & 4) != 0);
	for (size_t at = 0; at < text.n; at += step) {
		part = str_part(text, at, step);
		if (read_all(&d, &part, &content) != DOT_MORE)
			return;
	}
	BUG_ON(buf_add(&content, dot_read_last(&d)) < 0);
	BUG_ON(content.n != 0 && !str_ends(buf_str(&content), STR("\r\n")));
	if ((d.saw & (DOT_SAW_BARE_LF | DOT_SAW_STRAY_CR)) == 0)
		BUG_ON(!str_equal(str_part(buf_str(&content), 0, text.n), text));
}

/* Reads in parts of `step` bytes. Answers how many bytes were used. */
static size_t
read_in_steps(struct str text, size_t step, int mode, struct buf *content, enum dot_result *end)
{
	struct dot_reader d;
	struct str part;
	size_t at = 0;

	*end = DOT_MORE;
	dot_reader_init(&d, (enum dot_newline)(mode & 3), (mode & 4) != 0);
	while (at < text.n && *end == DOT_MORE) {
		part = str_part(text, at, step);
		at += part.n;
		*end = read_all(&d, &part, content);
		at -= part.n;
	}
	return at;
}

static void
check_pairs(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		BUG_ON(s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n'));
		BUG_ON(s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'));
	}
}

static void
check_written(struct str content)
{
	AUTO(buf) wire = BUF_INIT(2 * content.n + 16);
	AUTO(buf) again = BUF_INIT(2 * content.n + 16);
	struct str rest = content, piece;
	struct dot_writer w;
	enum dot_result end;

	dot_writer_init(&w);
	while (dot_write(&w, &rest, &piece))
		BUG_ON(buf_add(&wire, piece) < 0);
	BUG_ON(buf_add(&wire, dot_write_end(&w)) < 0);
	check_pairs(buf_str(&wire));
	BUG_ON(read_in_steps(buf_str(&wire), SIZE_MAX, DOT_NEWLINE_REJECT, &again, &end) != wire.n);
	BUG_ON(end != DOT_END);
	BUG_ON(!str_equal(str_part(buf_str(&again), 0, content.n), content));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int mode = size != 0 ? data[0] & 7 : 0;
	size_t step = size != 0 ? (size_t)(data[0] >> 3) + 1 : 1;
	struct str text = str_from(fuzz_str(data, size), 1);
	AUTO(buf) whole = BUF_INIT(2 * size + 16);
	AUTO(buf) parts = BUF_INIT(2 * size + 16);
	enum dot_result end, end_parts;
	size_t used;

	check_chunks(text, step, mode);
	used = read_in_steps(text, SIZE_MAX, mode, &whole, &end);
	BUG_ON(read_in_steps(text, step, mode, &parts, &end_parts) != used || end != end_parts);
	BUG_ON(!str_equal(buf_str(&whole), buf_str(&parts)));
	if (end == DOT_END && (mode & 3) != DOT_NEWLINE_NO) {
		BUG_ON(!str_ends(
		    str_part(text, 0, used), used == 3 ? STR(".\r\n") : STR("\r\n.\r\n")));
		BUG_ON(whole.n != 0 && !str_ends(buf_str(&whole), STR("\r\n")));
	}
	if (end == DOT_END && (mode & 4) == 0) {
		check_pairs(buf_str(&whole));
		check_written(buf_str(&whole));
	}
	return 0;
}
