/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_TRANSACTION_H
#define SMTPD_TRANSACTION_H

#include "lib/base/arena.h"
#include "lib/esmtp/envelope.h"
#include "lib/ipc/message.h"

enum chunks {
	CHUNKS_NONE,
	CHUNKS_COMING, /* BDAT has brought some */
	CHUNKS_LOST,   /* one of them was refused: there will be no message */
};

/*
 * What belongs to one message: from MAIL to the end of data. It all begins at zero and all ends in
 * transaction_reset(), which is called from every way a transaction can end (RFC 5321, section
 * 4.1.1.5 and others), so that nothing of one message can touch the next. An idle session has none
 * of its memory.
 */
struct transaction {
	struct arena arena;      /* the texts */
	bool is_open;            /* MAIL was taken */
	struct str sender;       /* internal form */
	struct str sender_given; /* as the client wrote it */
	struct message_recipient *recipients;
	uint32_t recipient_count;
	uint32_t recipient_room;
	size_t recipient_bytes;
	uint32_t refused_count; /* recipients not taken because there were too many */
	unsigned flags;         /* SUBMIT_ bits */
	enum chunks chunks;
	uint64_t declared_size; /* 0: not given */
	struct str envid;
};

/* Bounds of one message's envelope, beside the configured number of recipients. */
#define TRANSACTION_RECIPIENTS_MAX 100000u
#define TRANSACTION_BYTES_MAX      ((size_t)8 * 1024 * 1024)

void transaction_init(struct transaction *t);
void transaction_reset(struct transaction *t);

/* sender: in internal form; given: as the client wrote it; both copied. What MAIL gave besides. */
void transaction_begin(
    struct transaction *t, struct str sender, struct str given, const struct mail_from *mail);

/* address: in internal form, copied. False: beyond the bounds. */
bool transaction_add(struct transaction *t, struct str address, const struct rcpt_to *rcpt);

#endif
