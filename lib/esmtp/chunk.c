/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	bdat-cmd   = "BDAT" SP chunk-size [ SP end-marker ] CR LF
 *	chunk-size = 1*DIGIT
 *	end-marker = "LAST"
 * RFC 3030, section 2.
 */
#include "lib/esmtp/chunk.h"

#include "lib/base/err.h"
#include "lib/base/num.h"

int
chunk_parse(struct str argument, struct chunk *out)
{
	struct str rest = argument, size, marker;
	struct chunk c;

	if (!str_word(&rest, " \t", &size) || num_parse(size, INT64_MAX, &c.size) < 0)
		return ERR_SYNTAX;
	c.is_last = str_word(&rest, " \t", &marker);
	if (c.is_last && (!str_equal_nocase(marker, STR("LAST")) || str_trim(rest).n != 0))
		return ERR_SYNTAX;
	*out = c;
	return 0;
}
