/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ESMTP_ENVELOPE_H
#define LIB_ESMTP_ENVELOPE_H

#include <stdint.h>

#include "lib/esmtp/reply.h"
#include "lib/mail/address.h"

/*
 * The arguments of MAIL and RCPT, path and parameters, as typed values. The readers answer which
 * reply refuses them, or REPLY_NONE; *culprit is then what fills its {}, if it has one.
 */
enum extension { /* bits: what the server has offered, so that its parameters may come */
	EXTENSION_SIZE = 1 << 0,
	EXTENSION_8BITMIME = 1 << 1,
	EXTENSION_SMTPUTF8 = 1 << 2,
	EXTENSION_DSN = 1 << 3,
	EXTENSION_AUTH = 1 << 4,
	EXTENSION_CHUNKING = 1 << 5,
};

struct envelope_rules {
	unsigned extensions;
	bool strict; /* paths as in the RFC only (strict_rfc821_envelopes) */
};

enum body_type {
	BODY_NOT_GIVEN,
	BODY_7BIT,
	BODY_8BITMIME,
};

enum dsn_return {
	DSN_RETURN_NOT_GIVEN,
	DSN_RETURN_FULL,
	DSN_RETURN_HEADERS,
};

/* Texts are in the arena. */
struct mail_from {
	struct address sender;
	uint64_t size; /* as declared; 0: not given, UINT64_MAX: a number beyond any limit */
	enum body_type body;
	bool smtputf8;
	enum dsn_return ret;
	struct str envid; /* decoded; empty: not given */
	struct str auth;  /* decoded, "<>" for nobody; empty: not given */
};

struct rcpt_to {
	struct address recipient;
	unsigned notify;          /* DSN_NOTIFY_ bits; 0: not given */
	struct str original_type; /* "rfc822"; empty: no ORCPT */
	struct str original;      /* decoded address */
};

/* argument: of the command, "FROM:<a@b> SIZE=1000". */
MUST_USE enum reply_id mail_from_parse(struct str argument, const struct envelope_rules *rules,
    struct arena *arena, struct mail_from *out, struct str *culprit);

/* argument: "TO:<a@b>". */
MUST_USE enum reply_id rcpt_to_parse(struct str argument, const struct envelope_rules *rules,
    struct arena *arena, struct rcpt_to *out, struct str *culprit);

#endif
