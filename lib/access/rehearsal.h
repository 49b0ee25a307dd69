/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ACCESS_REHEARSAL_H
#define LIB_ACCESS_REHEARSAL_H

#include "lib/access/access.h"
#include "lib/route/own_address.h"

/*
 * A decision asked for without a session: what would a client hear that says this? The rules and
 * tables of the configuration are asked as smtpd asks them; nothing is logged or sent, and `sleep`
 * does not sleep.
 *
 *	rehearsal_open(&r, config, report, NULL, &why);
 *	passes = rehearsal_ask(&r, &question, &trail, &reply);
 *	rehearsal_close(&r);
 */
struct rehearsal {
	const struct config *config;
	struct router *router;
	struct access_rules *rules;
	struct match_list *mynetworks;
	struct own_addresses own;
};

/* How far the session goes. */
enum rehearsal_stage {
	REHEARSAL_CONNECT,
	REHEARSAL_HELO,
	REHEARSAL_MAIL,
	REHEARSAL_RCPT,
	REHEARSAL_DATA,
	REHEARSAL_END,
};

struct rehearsal_question {
	const char *client; /* its address */
	const char *name;   /* its host name; "unknown" */
	const char *helo;   /* NULL: it says none */
	const char *sender; /* internal form; empty: null */
	const char *recipient;
	enum rehearsal_stage last;
	void (*note)(void *context, const char *action, struct str words); /* may be NULL */
	void *context;
};

/*
 * report hears of what has no effect. Error, with words: ERR_SYNTAX: the rules are wrong; else a list
 * or table of domains or networks cannot be opened, perhaps for want of rights.
 */
MUST_USE int rehearsal_open(struct rehearsal *r, const struct config *c, config_report *report,
    void *context, struct why *why);
void rehearsal_close(struct rehearsal *r);

/* True: all passes; false: *reply refuses. In a task. trail may be NULL. */
PARKS bool rehearsal_ask(struct rehearsal *r, const struct rehearsal_question *q,
    struct access_trail *trail, struct reply *reply);

#endif
