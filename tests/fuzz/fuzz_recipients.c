/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text of a local program: as content, its lines end in CRLF; its recipients are addresses; what is
 * hidden is gone, and nothing else.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/mail/intake.h"
#include "lib/mail/recipients.h"

#define CONTENT_MAX ((size_t)256 * 1024)
#define LIMIT       50

static void
check_content(struct str content, unsigned flags)
{
	struct str line;

	BUG_ON(content.n != 0 && !str_ends(content, STR("\r\n")));
	while ((flags & INTAKE_DOT_ENDS) != 0 && str_split(&content, '\n', &line))
		BUG_ON(str_equal(line, STR(".\r")));
}

static void
check_recipients(struct str content)
{
	struct arena arena = ARENA_INIT((size_t)4 * 1024 * 1024);
	AUTO(buf) text = BUF_INIT(ADDRESS_MAX);
	struct recipients r;
	int result;

	recipients_init(&r, &arena, LIMIT);
	result = recipients_add_header(&r, content);
	BUG_ON(
	    result < 0 && result != ERR_SYNTAX && result != ERR_TOO_LONG && result != ERR_TOO_MANY);
	BUG_ON(r.count > LIMIT);
	for (size_t i = 0; i < r.count; i++) {
		buf_clear(&text);
		BUG_ON(address_add_internal(&r.items[i], &text) < 0);
		BUG_ON(text.n == 0 || str_has_control(buf_str(&text)));
	}
	recipients_drop(&r);
	arena_drop(&arena);
}

static void
check_hiding(struct str content)
{
	AUTO(buf) shown = BUF_INIT(CONTENT_MAX);
	struct header_iter it;
	struct header_field f;

	BUG_ON(recipients_hide(content, &shown) < 0);
	BUG_ON(shown.n > content.n);
	header_iter_init(&it, buf_str(&shown));
	while (header_next(&it, &f) > 0)
		BUG_ON(header_is(&f, STR("Bcc")) || header_is(&f, STR("Resent-Bcc")));
	BUG_ON(!str_ends(content, it.rest));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf) content = BUF_INIT(CONTENT_MAX);
	unsigned flags = size != 0 ? data[0] % 8 : 0;

	if (size > CONTENT_MAX / 2 || intake_text(fuzz_str(data, size), flags, &content) < 0)
		return 0;
	check_content(buf_str(&content), flags);
	check_recipients(buf_str(&content));
	check_hiding(buf_str(&content));
	return 0;
}
