/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_FORWARD_H
#define LOCAL_FORWARD_H

#include "local/request.h"

/*
 * Gives a message to cleanup again, for the addresses that an alias stands for: with a Delivered-To
 * for the alias on top, by which a loop will be seen.
 */
struct forward {
	const struct request *request;
	struct str
	    delivered_to;  /* the recipient that was an alias; internal form; empty: no header */
	struct str sender; /* internal form */
	struct message_recipient *recipients;
	uint32_t count;
	bool is_final; /* the recipients are users whose aliases were followed */
};

/*
 * "forwarded as ID" once the new message is committed; deferred where that is not certain; bounced
 * where cleanup refuses it for good.
 */
PARKS void forward_submit(const struct forward *f, struct outcome *out);

#endif
