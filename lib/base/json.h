/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_JSON_H
#define LIB_BASE_JSON_H

#include "lib/base/buf.h"

/*
 * Adds a text as a JSON string, quotes included (RFC 8259, section 7). Control characters, and bytes
 * that are not UTF-8, become '?': the result is always well-formed, and safe to show on a terminal.
 * Error: ERR_TOO_LONG; a part may then have been added.
 */
MUST_USE int json_add_text(struct str text, struct buf *out);

#endif
