/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_EXPANSION_FILTER_H
#define SMTPD_EXPANSION_FILTER_H

#include <stdbool.h>

#include "lib/base/buf.h"

/*
 * smtpd_expansion_filter: the characters that a value may have that is put into a reply. Some values
 * come from the client; nobody is to make the server say what it did not mean.
 */
struct expansion_filter {
	bool allowed[256];
};

/* escaped: the characters, some as "\t" or "\040". */
void expansion_filter_init(struct expansion_filter *f, const char *escaped);

/* Makes the others '_'. */
struct str expansion_filter_apply(const struct expansion_filter *f, struct buf *text);

#endif
