/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_TRACE_HEADERS_H
#define LOCAL_TRACE_HEADERS_H

#include "lib/mail/address.h"
#include "local/content.h"

/*
 * The headers that final delivery puts on top of a message: who sent it, for whom it came, to whom
 * it was delivered. The last also ends forwarding loops: a message that was delivered to an address
 * already is not delivered to it again.
 */
#define TRACE_HEADERS_MAX ((size_t)8192) /* of mailbox_deliver in message.def */

/*
 * Adds Return-Path (RFC 5321, 4.4), X-Original-To and Delivered-To with CR LF. original: as first
 * given, may be empty. An empty recipient: no Delivered-To. Error: ERR_TOO_LONG.
 */
MUST_USE int trace_headers_add(
    struct buf *out, struct str sender, struct str original, struct str recipient);

/* Only "Delivered-To: recipient": what forwarding adds. Error: ERR_TOO_LONG. */
MUST_USE int trace_headers_add_delivered(struct buf *out, struct str recipient);

/* An internal address as headers and logs show it; "" stays "". Error: ERR_TOO_LONG. */
MUST_USE int trace_headers_add_address(struct buf *out, struct str internal);

/* "rfc822;user@host" without its type. */
struct str trace_headers_original(struct str original);

/*
 * Looks for "Delivered-To: recipient" in the header; letters match without case. Looks at no more
 * than the first TRACE_SEARCH_MAX bytes. 1, 0, or a failure to read.
 */
#define TRACE_SEARCH_MAX ((uint64_t)1024 * 1024)
MUST_USE int trace_headers_find_delivered(const struct content *c, struct str recipient);

#endif
