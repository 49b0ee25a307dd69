/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_VERDICT_H
#define CLEANUP_VERDICT_H

#include <stdint.h>

/* The fate of a message, as its sender hears it (verdict.def). */
enum verdict {
	VERDICT_NONE, /* not known yet: go on */
#define VERDICT(name, code, dsn, words) VERDICT_##name,
#include "cleanup/verdict.def"
#undef VERDICT
	VERDICT_COUNT
};

struct verdict_row {
	uint32_t code;
	const char *dsn;
	const char *words;
};

/* Not for VERDICT_NONE. */
const struct verdict_row *verdict_row(enum verdict v);

#endif
