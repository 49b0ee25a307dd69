/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_EHLO_H
#define SMTPD_EHLO_H

#include "lib/base/buf.h"
#include "lib/config/config.h"

/* What the reply to EHLO offers, in the order of its lines. */
enum ehlo_keyword { /* bits */
#define EHLO(name, text) EHLO_BIT_##name,
#include "smtpd/ehlo.def"
#undef EHLO
	EHLO_COUNT,
#define EHLO(name, text) EHLO_##name = 1 << EHLO_BIT_##name,
#include "smtpd/ehlo.def"
#undef EHLO
};

#define EHLO_EVERYTHING ((1u << EHLO_BIT_SILENT_DISCARD) - 1)

/* The line of a keyword, at its start. */
struct str ehlo_keyword_text(unsigned bit);

/*
 * Keywords as smtpd_discard_ehlo_keywords has them, between commas or blanks, as bits. *unknown is a
 * word that is none of them, or empty.
 */
unsigned ehlo_parse(struct str list, struct str *unknown);

/* "PIPELINING DSN", for the log. */
void ehlo_add_words(unsigned keywords, struct buf *out);

#endif
