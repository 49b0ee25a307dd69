/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/verdict.h"

#include "lib/base/bug.h"

const struct verdict_row *
verdict_row(enum verdict v)
{
	static const struct verdict_row rows[] = {
#define VERDICT(name, code, dsn, words) { (code), (dsn), (words) },
#include "cleanup/verdict.def"
#undef VERDICT
	};

	BUG_ON(v <= VERDICT_NONE || v >= VERDICT_COUNT);
	return &rows[v - 1];
}
