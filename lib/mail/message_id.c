/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Message-ID is made from the queue id alone: nothing else needs to be remembered or drawn, and a
 * reader of logs finds the message by its left side.
 */
#include "lib/mail/message_id.h"

int
message_id_add(struct buf *out, const struct queue_id *id, struct str host)
{
	return buf_addf(out, "<%s@%.*s>", id->text, STR_ARG(host));
}

struct str
message_id_for_log(struct str value, struct buf *text)
{
	buf_clear(text);
	value = str_trim(value);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] != '\r' && value.p[i] != '\n' && buf_add_byte(text, value.p[i]) < 0)
			break;
	}
	return buf_str(text);
}
