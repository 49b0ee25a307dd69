/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_SERVER_REPLY_H
#define LIB_TABLE_SERVER_REPLY_H

#include "lib/base/buf.h"
#include "lib/base/why.h"

/* The words of the protocols of tcp: and socketmap:. Pure: a server may answer anything. */

/* tcp_table(5): printable ASCII but "%" as it is, the rest as %XX. Error: ERR_TOO_LONG. */
MUST_USE int tcp_add_encoded(struct str text, struct buf *out);

/*
 * A reply, without its line end: 1: found, added to *value; 0: no such key; negative: could not find
 * out, with words: ERR_TEMPORARY, ERR_PROTOCOL, ERR_TOO_LONG.
 */
MUST_USE int tcp_read_reply(struct str line, struct buf *value, struct why *why);
MUST_USE int socketmap_read_reply(struct str reply, struct buf *value, struct why *why);

/*
 * The head of a netstring, "123:", in front of *bytes: how long the head is, with *length; 0: more
 * bytes are needed. Error, with words: ERR_PROTOCOL, ERR_TOO_LONG beyond max.
 */
MUST_USE int netstring_read_head(struct str bytes, size_t max, size_t *length, struct why *why);

#endif
