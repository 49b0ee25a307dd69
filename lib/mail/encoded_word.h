/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_ENCODED_WORD_H
#define LIB_MAIL_ENCODED_WORD_H

#include "lib/base/buf.h"

/*
 * Text beyond ASCII as it may stand in a phrase: "=?utf-8?Q?J=C3=BCrgen?=", in as many words of at
 * most 75 characters as it takes, each with whole UTF-8 sequences, folded between them. RFC 2047,
 * sections 2, 4.2 and 5 (3). What is not UTF-8 becomes '?'. Error: ERR_TOO_LONG, nothing is added.
 */
MUST_USE int encoded_word_add(struct str text, struct buf *out);

#endif
