/* SPDX-License-Identifier: BSD-2-Clause */
/* The first byte is the type; what comes out as text is printable, whatever the data. */
#include "tests/fuzz/fuzz.h"

#include "lib/dns/record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf) text = BUF_INIT(8 * size + 100);
	struct str s = fuzz_str(data, size);

	if (size == 0)
		return 0;
	BUG_ON(dns_record_add_text(data[0], str_from(s, 1), &text) < 0);
	BUG_ON(text.n == 0 || str_has_control(buf_str(&text)) || !str_is_ascii(buf_str(&text)));
	return 0;
}
