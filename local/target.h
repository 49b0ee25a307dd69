/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_TARGET_H
#define LOCAL_TARGET_H

#include "local/alias.h"
#include "local/command_call.h"
#include "local/request.h"
#include "local/user_mailbox.h"

/* What main.cf says of deliveries here: into mailboxes, into files, to commands. */
struct target_rules {
	struct user_mailboxes mailboxes;
	struct command_rules commands;
	struct rights privs;    /* default_privs */
	unsigned commands_from; /* ALIAS_BY_ bits: who may name commands, files */
	unsigned files_from;
	unsigned traced; /* TRACED_ bits: where Delivered-To is added */
	bool is_frozen;  /* Delivered-To says the queue's recipient, whatever it stood for */
};

enum target_traced {
	TRACED_COMMAND = 1 << 0,
	TRACED_FILE = 1 << 1,
	TRACED_FORWARD = 1 << 2,
};

/* Before rights are dropped. *spool_gid as user_mailboxes_open(). Error: with words. */
MUST_USE int target_rules_open(struct target_rules *t, const struct config *c, struct arena *a,
    gid_t *spool_gid, struct why *why);
void target_rules_drop(struct target_rules *t);

/* One of the things that a recipient stands for. Addresses in internal form. */
struct target {
	const struct request *request;
	struct alias_result *result;
	struct str recipient; /* of the queue */
	struct str original;
	struct str address; /* of the result */
	struct str sender;
};

/*
 * Delivers to a mailbox, file or command. True: nothing was delivered, since the mailbox's user has a
 * .forward: *file, its text in the arena. Else *out says what became of it.
 */
PARKS bool target_deliver(const struct target_rules *rules, const struct target *t, struct arena *a,
    struct message_mailbox_text *file, struct outcome *out);

#endif
