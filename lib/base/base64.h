/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_BASE64_H
#define LIB_BASE_BASE64_H

#include "lib/base/buf.h"

/* Base64 (RFC 4648, section 4), padded, without line ends. Each adds all or nothing. */

MUST_USE int base64_encode(struct str bytes, struct buf *out); /* Error: ERR_TOO_LONG */

/*
 * Strict: whole groups of four, padding only at the end, no other bytes, unused bits are zero. Error:
 * ERR_SYNTAX, ERR_TOO_LONG.
 */
MUST_USE int base64_decode(struct str text, struct buf *out);

#endif
