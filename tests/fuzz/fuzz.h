/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/bug.h"
#include "lib/base/str.h"

/*
 * What a fuzz entry defines: it feeds the bytes to one parser and checks with BUG_ON() what must
 * hold for any input. The bytes end where readable memory ends. Always answers 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct str
fuzz_str(const uint8_t *data, size_t size)
{
	return str_make((const char *)data, size);
}

#endif
