/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_MASTER_FORMAT_H
#define LIB_CONFIG_MASTER_FORMAT_H

#include "lib/base/buf.h"
#include "lib/config/master_cf.h"

/* How entries of master.cf are written. Error: ERR_TOO_LONG. */

/* The whole entry, without a line end; folded: options on lines of their own, 80 columns. */
MUST_USE int master_format_entry(const struct master_entry *e, bool folded, struct buf *out);

/* Program and arguments on one line. */
MUST_USE int master_format_command(const struct master_entry *e, struct buf *out);

/* One word of a line: in braces where it needs them. */
MUST_USE int master_format_word(struct str word, struct buf *out);

#endif
