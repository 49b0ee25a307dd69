/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ESMTP_CHUNK_H
#define LIB_ESMTP_CHUNK_H

#include <stdint.h>

#include "lib/base/str.h"

/* The argument of BDAT: "1000", "1000 LAST". */
struct chunk {
	uint64_t size; /* at most INT64_MAX */
	bool is_last;
};

/* Error: ERR_SYNTAX, also for a size that no message can have: where the chunk ends is not known. */
MUST_USE int chunk_parse(struct str argument, struct chunk *out);

#endif
