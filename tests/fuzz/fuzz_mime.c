/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first line is a Content-Type, the rest a body. Its events make up its bytes, and are the same
 * (but for where bodies are cut) whether it comes whole or in pieces.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/mail/mime.h"

#define BYTES_MAX ((size_t)16 * 1024 * 1024)

/* Adds the texts of all events to *texts, and what they are to *kinds, runs of bodies as one. */
static int
run(struct str type, struct str body, size_t size, struct buf *texts, struct buf *kinds)
{
	const struct mime_options o = {
		.field_max = 2000, .boundary_max = 70, .nesting_max = 5, .lines = size != 0
	};
	struct mime m;
	struct mime_event e;
	int result = 0;

	mime_init(&m, &o, type, STR_NONE);
	while (body.n != 0 && result == 0) {
		struct str piece = str_part(body, 0, size != 0 ? size : body.n);

		body = str_from(body, piece.n);
		while ((result = mime_next(&m, &piece, body.n == 0, &e)) > 0) {
			char kind = (char)('0' + e.kind);

			BUG_ON(buf_add(texts, e.text) < 0);
			BUG_ON((kinds->n == 0 || kind != '0' + MIME_BODY ||
			           kinds->p[kinds->n - 1] != kind || e.is_new) &&
			       buf_add_byte(kinds, kind) < 0);
		}
	}
	mime_drop(&m);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = fuzz_str(data, size), type;
	AUTO(buf) first = BUF_INIT(BYTES_MAX);
	AUTO(buf) kinds = BUF_INIT(BYTES_MAX);

	type = str_part(text, 0, str_index(text, '\n'));
	text = str_from(text, type.n + 1);
	if (run(type, text, 0, &first, &kinds) < 0)
		return 0;
	BUG_ON(!str_equal(buf_str(&first), text));
	for (size_t piece = 1; piece < 100; piece = piece * 3 + 1) {
		AUTO(buf) again = BUF_INIT(BYTES_MAX);
		AUTO(buf) other = BUF_INIT(BYTES_MAX);

		BUG_ON(run(type, text, piece, &again, &other) < 0);
		BUG_ON(!str_equal(buf_str(&again), text));
		BUG_ON(!str_equal(buf_str(&other), buf_str(&kinds)));
	}
	return 0;
}
