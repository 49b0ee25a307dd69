/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_HEADER_REWRITE_H
#define CLEANUP_HEADER_REWRITE_H

#include "cleanup/mapping.h"
#include "lib/mail/header.h"

/*
 * The addresses of one header field, completed and mapped. Only the bytes of an address that becomes
 * another are changed; all else of the field stays as it was written, and so does what is no
 * address. At most `max` of them are looked at. *result is the whole field, borrowed from f or from
 * out, which is cleared first. Fields that hold no addresses stay as they are.
 */
PARKS MUST_USE enum verdict header_rewrite(const struct mapping *p,
    const struct rewrite_rules *rules, const struct header_field *f, size_t max, struct buf *out,
    struct str *result);

#endif
