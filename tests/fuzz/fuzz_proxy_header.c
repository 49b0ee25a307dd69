/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a proxy says first. The header ends within what came; it is found at that byte and not before,
 * whatever stands behind it; its addresses can be printed.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/io/proxy_header.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = fuzz_str(data, size);
	char address[ENDPOINT_TEXT_MAX];
	struct proxy_header header;
	int result = proxy_header_parse(text, &header);

	if (result <= 0)
		return 0;
	BUG_ON((size_t)result > size || (size_t)result > PROXY_HEADER_MAX);
	for (int n = 0; n < result; n++)
		BUG_ON(proxy_header_parse(str_part(text, 0, (size_t)n), &header) != 0);
	BUG_ON(proxy_header_parse(str_part(text, 0, (size_t)result), &header) != result);
	if (header.has_addresses) {
		BUG_ON(endpoint_text(&header.source, address)[0] == 'u');
		BUG_ON(endpoint_text(&header.destination, address)[0] == 'u');
	}
	return 0;
}
