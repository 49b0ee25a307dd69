/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVICES_PICKUP_PICKUP_H
#define SERVICES_PICKUP_PICKUP_H

#include "lib/config/config.h"
#include "lib/ipc/submit_call.h"
#include "lib/ipc/submit_options.h"
#include "lib/service/service.h"
#include "lib/table/account_list.h"
#include "lib/table/login_senders.h"

/* What all sessions share: settings, read once. */
struct pickup {
	/* Connects to cleanup, as submit_call_open(). */
	PARKS int (*open)(void *context, struct submit_call *c, int64_t deadline, struct why *why);
	void *context;    /* of open: the path of cleanup's socket */
	bool allow_minus; /* addresses may begin with '-' */
	struct submit_options options;
	int64_t timeout;               /* for an answer of cleanup, and for a client's next frame */
	struct account_list users;     /* who may submit */
	struct login_senders *senders; /* and as whom */
};

MUST_USE int pickup_init(struct pickup *p, const struct config *c, struct why *why);
void pickup_drop(struct pickup *p);

/* --- envelope.c: what a local user says about a message, made into what cleanup is told ------- */

/* Refusals and failures as a verdict; texts are static or in the arena. */
void verdict_set(struct message_verdict *v, unsigned code, const char *dsn, const char *text);

/*
 * *out is the envelope, its addresses checked, marked as local; it borrows from given. 0, or ERR_REFUSED: *verdict says
 * why.
 */
MUST_USE int envelope_complete(const struct pickup *p, const struct message_submit *given,
    uid_t uid, struct message_submit *out, struct message_verdict *verdict);

/* --- relay.c: one message on its way to cleanup ----------------------------------------------- */

struct relay {
	const struct pickup *pickup;
	struct submit_call call;
	struct arena arena;
	struct message_submit envelope;
	bool decided; /* verdict holds the answer */
	bool is_away; /* nobody listens at cleanup's end */
	struct message_verdict verdict;
};

/* given: borrowed until relay_drop(). */
PARKS void relay_begin(
    struct relay *r, const struct pickup *p, const struct message_submit *given, uid_t uid);
/* r->verdict is the answer. */
PARKS void relay_end(struct relay *r);
PARKS void relay_content(struct relay *r, struct str bytes);
PARKS void relay_drop(struct relay *r); /* without relay_end(): nothing comes of the message */

/* --- session.c: a client of public/pickup ----------------------------------------------------- */

PARKS void session_serve(const struct pickup *p, struct client *client);

/* What it says on a channel that is open, up to its end. Error: why it ended. */
PARKS int session_run(const struct pickup *p, struct channel *c, uid_t uid);

/* --- maildrop.c: what was left there ---------------------------------------------------------- */

PARKS void maildrop_collect(const struct pickup *p);

#endif
