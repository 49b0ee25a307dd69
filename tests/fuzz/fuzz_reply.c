/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever words go into a reply, what comes out is one reply: bounded lines, the same code. */
#include "tests/fuzz/fuzz.h"

#include "lib/esmtp/reply.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf) wire = BUF_INIT((size_t)64 * 1024);
	struct str words = fuzz_str(data, size), rest, line;
	struct reply r;

	reply_make(&r, 550, str_part(words, 0, 5), words);
	reply_add_line(&r, words);
	BUG_ON(reply_render(&r, &wire) < 0);
	rest = buf_str(&wire);
	while (rest.n != 0) {
		BUG_ON(!str_split(&rest, '\n', &line));
		BUG_ON(line.n + 1 > REPLY_LINE_MAX || line.n < 5 || line.p[line.n - 1] != '\r');
		BUG_ON(!str_starts(line, STR("550")) || line.p[3] != (rest.n != 0 ? '-' : ' '));
		BUG_ON(str_has_control(str_part(line, 0, line.n - 1)));
	}
	return 0;
}
