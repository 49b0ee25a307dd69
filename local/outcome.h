/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_OUTCOME_H
#define LOCAL_OUTCOME_H

#include "lib/base/compiler.h"
#include "lib/ipc/message.h"

/* What became of one recipient: the fate of mail as a value, in words that its sender may read. */
struct outcome {
	enum outcome_status status;
	char dsn[16];
	char text[1024];
};

/* The status follows from the code: "2.0.0" delivered, "4.2.0" deferred, "5.1.1" bounced. */
PRINTF(3, 4) void outcome_set(struct outcome *o, const char *dsn, const char *format, ...);

/* Another transport is to deliver it: "transport:nexthop". */
void outcome_pass(struct outcome *o, struct str transport);

/* From what another process said; a status that is none becomes a deferral. */
void outcome_take(struct outcome *o, uint32_t status, struct str dsn, struct str text);

/*
 * A mailbox could not be written. Never the sender's fault, and mostly soon repaired, so always a
 * deferral: 4.2.2 over quota, 4.3.1 no space, 4.2.0 others. what: "cannot create".
 */
void outcome_of_failure(struct outcome *o, const char *what, const char *path, int code);

/* "sent", "deferred", "bounced". */
const char *outcome_status_name(const struct outcome *o);

#endif
