/* SPDX-License-Identifier: BSD-2-Clause */
/* What is decoded has no control characters, and is the same after encoding and decoding again. */
#include "tests/fuzz/fuzz.h"

#include "lib/esmtp/xtext.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf) text = BUF_INIT(size);
	AUTO(buf) xtext = BUF_INIT(3 * size);
	AUTO(buf) again = BUF_INIT(size);

	if (xtext_decode(fuzz_str(data, size), &text) < 0) {
		BUG_ON(text.n != 0);
		return 0;
	}
	BUG_ON(str_has_control(buf_str(&text)));
	BUG_ON(xtext_encode(buf_str(&text), (size & 1) != 0, &xtext) < 0);
	BUG_ON(xtext_decode(buf_str(&xtext), &again) < 0);
	BUG_ON(!str_equal(buf_str(&text), buf_str(&again)));
	return 0;
}
