/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/ehlo.h"

#include "lib/base/bug.h"

static const struct str texts[] = {
#define EHLO(name, text) STR_INIT(text),
#include "smtpd/ehlo.def"
#undef EHLO
};

struct str
ehlo_keyword_text(unsigned bit)
{
	BUG_ON(bit >= EHLO_COUNT);
	return texts[bit];
}

/* 0: there is no such keyword. */
static unsigned
find(struct str word)
{
	for (unsigned i = 0; i < EHLO_COUNT; i++) {
		if (str_equal_nocase(word, texts[i]))
			return 1u << i;
	}
	return 0;
}

unsigned
ehlo_parse(struct str list, struct str *unknown)
{
	unsigned all = 0, bit;
	struct str word;

	*unknown = STR_NONE;
	while (str_word(&list, ", \t\r\n", &word)) {
		bit = find(word);
		if (bit == 0)
			*unknown = word;
		all |= bit;
	}
	return all;
}

void
ehlo_add_words(unsigned keywords, struct buf *out)
{
	for (unsigned i = 0; i < EHLO_COUNT; i++) {
		if ((keywords & 1u << i) != 0 &&
		    buf_addf(out, "%s%s", out->n != 0 ? " " : "", texts[i].p) < 0)
			break;
	}
}
