/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ACCESS_ACCESS_H
#define LIB_ACCESS_ACCESS_H

#include "lib/access/trail.h"
#include "lib/config/config.h"
#include "lib/esmtp/reply.h"
#include "lib/ipc/message.h"
#include "lib/route/route.h"

/*
 * Decides who may send what to whom, by the lists of restrictions in main.cf. Each stage of a session
 * is asked when it comes; with smtpd_delay_reject (the default), client, HELO name and sender are
 * judged anew with each recipient.
 *
 *	rules = access_rules_open(cfg, router, report, NULL, &why);     // once
 *
 *	access_init(&a, rules, &observer, session);                     // a session
 *	a.facts.client_name = …
 *	if (!access_connect(&a, &reply))                                // reply refuses the client
 */
struct access_rules;

/*
 * Reads the lists and opens their tables, before rights are dropped. Borrows c and router. report
 * hears of what has no effect or cannot be opened now. NULL: an unknown restriction, a missing
 * argument, or nothing that keeps strangers from relaying; why says where.
 */
MUST_USE struct access_rules *access_rules_open(const struct config *c, struct router *router,
    config_report *report, void *context, struct why *why);
void access_rules_close(struct access_rules *r); /* NULL is fine */

/* What is known of a session. Views of what its owner keeps; empty while not known. */
struct access_facts {
	const char *command;       /* that asks: "CONNECT", "RCPT", "END-OF-MESSAGE" */
	struct str client_name;    /* "unknown" where it has none that is true */
	struct str reverse_name;   /* as its address says, true or not; "unknown" */
	struct str client_address; /* as endpoint_text() has it */
	bool is_own_host;          /* the client has an address of this host */
	int in_mynetworks;         /* 1, 0, or negative: could not find out */
	bool is_encrypted;
	bool is_ahead; /* the client has sent commands before its turn */
	struct str helo;
	bool has_sender;
	struct str sender, sender_given; /* internal form; as the client wrote it */
	bool has_recipient;
	struct str recipient, recipient_given;
	uint32_t recipient_count; /* taken before this one */
	struct str etrn_domain;
};

/* Where a decision shows itself, apart from its answer. */
struct access_observer {
	/*
	 * For the log. action: "reject", "reject_warning", "hold", …; words: of the reply, or
	 * "<a@b>: Sender address triggers HOLD action".
	 */
	void (*note)(void *context, const char *action, struct str words);
	void (*warn)(void *context, const char *words); /* a fault of tables or configuration */
};

#define ACCESS_ACTIONS_MAX 100 /* of one message */

/* One session's standing. What belongs to a message goes with access_reset(). */
struct access {
	const struct access_rules *rules;
	const struct access_observer *observer;
	void *context;
	struct access_facts facts;
	struct access_trail *trail; /* NULL: nobody asks */
	bool is_rehearsal;          /* nothing is to wait */

	/* What is to be said instead of a permission, and from which stage on that holds. */
	struct reply *instead; /* NULL: nothing yet */
	bool is_deferred;
	bool after_client, after_helo, after_sender;

	/* That they exist was asked already. */
	bool has_checked_sender, has_checked_recipient;

	/* Of the message. */
	struct arena actions_arena;
	struct message_action *actions; /* NULL: none */
	uint32_t action_count;
	bool is_discarded; /* nothing more is asked, all is taken */
};

void access_init(struct access *a, const struct access_rules *rules,
    const struct access_observer *observer, void *context);
void access_drop(struct access *a);
void access_reset(struct access *a); /* the message is over */

/*
 * False: *r refuses. A list that cannot be asked refuses for the time being. access_rcpt() applies
 * what was delayed, relay control, and the lists of recipients.
 */
PARKS bool access_connect(struct access *a, struct reply *r);
PARKS bool access_helo(struct access *a, struct reply *r);
PARKS bool access_mail(struct access *a, struct reply *r);
PARKS bool access_rcpt(struct access *a, struct reply *r);
PARKS bool access_data(struct access *a, struct reply *r);
PARKS bool access_end_of_data(struct access *a, struct reply *r);
PARKS bool access_etrn(struct access *a, struct reply *r);

#endif
