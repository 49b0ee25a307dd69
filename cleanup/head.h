/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_HEAD_H
#define CLEANUP_HEAD_H

#include <stdbool.h>

#include "lib/base/buf.h"

/*
 * Where the header of a message ends that comes in pieces. Pure. Works in place on the message's
 * bytes, of which the first `from` are ours.
 *
 * "From " lines of a mailbox at the start become fields (X-Mailbox-Line), so that the header behind them
 * is one. Only lines that are there whole. Error: ERR_TOO_LONG (the bound of content).
 */
MUST_USE int head_mask_from(struct buf *content, size_t from);

/* A first line that would continue our own header gets an empty line before it. Error: as above. */
MUST_USE int head_part_from_ours(struct buf *content, size_t from);

/* True when the header ends within the text, of which more may follow: at an empty line, or none. */
bool head_is_whole(struct str text);

#endif
