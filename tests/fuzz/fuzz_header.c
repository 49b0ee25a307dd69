/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields and the rest are the whole text, in order, and the offset tells where the rest begins. */
#include "tests/fuzz/fuzz.h"

#include "lib/mail/compose.h"
#include "lib/mail/header.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf) line = BUF_INIT(size);
	struct str text = fuzz_str(data, size);
	struct head_survey survey;
	struct header_field f;
	struct header_iter it;
	size_t at = 0;

	header_iter_init(&it, text);
	while (header_next(&it, &f) > 0) {
		BUG_ON(f.whole.p != text.p + at || f.name.n == 0);
		at += f.whole.n;
		BUG_ON(it.offset != at);
		BUG_ON(header_unfold(f.value, &line) < 0);
		BUG_ON(str_index(buf_str(&line), '\n') != line.n);
	}
	BUG_ON(it.offset + it.rest.n != size);
	head_survey(text, &survey);
	BUG_ON(survey.length != at);
	return 0;
}
