/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_MESSAGE_ID_H
#define LIB_MAIL_MESSAGE_ID_H

#include "lib/base/buf.h"
#include "lib/mail/queue_id.h"

/*
 * "<QUEUEID@host>": unique because the queue id is, and tells which message of which host it was.
 * host: a valid domain. RFC 5322, section 3.6.4. Error: ERR_TOO_LONG.
 */
MUST_USE int message_id_add(struct buf *out, const struct queue_id *id, struct str host);

/*
 * What a log shows of a Message-ID field's value: without folding and blanks around, bounded. An
 * empty view when there is nothing. Borrows from *text, which is cleared first.
 */
struct str message_id_for_log(struct str value, struct buf *text);

#endif
