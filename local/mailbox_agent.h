/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_MAILBOX_AGENT_H
#define LOCAL_MAILBOX_AGENT_H

#include "lib/config/config.h"
#include "local/mailbox_pool.h"
#include "local/request.h"
#include "local/spawner.h"

/*
 * What `local` and `virtual` have in common below their tables: the processes that write mailboxes,
 * and the request to one of them.
 */
struct mailbox_agent_options {
	uint32_t least_uid; /* as in struct spawner_options */
	gid_t extra_gid;
	bool has_commands;
	enum param_id lock_styles; /* fcntl, flock, dotlock */
};

/* Before anything else is opened, with root's rights. Error: with words. */
MUST_USE int mailbox_agent_start(
    const struct config *c, const struct mailbox_agent_options *o, struct why *why);

/* In a task. Error: with words. */
MUST_USE int mailbox_agent_open(struct why *why);
PARKS void mailbox_agent_close(void);

/* False: not started by root, so that every mailbox is written as who we are. */
bool mailbox_agent_has_users(void);

/*
 * Each has a process of that user do it: write the message to a mailbox, give it to a command, read a
 * file of addresses. What the request knows, content and arrival, is filled in here. The answer's
 * text is in the arena.
 */
PARKS void mailbox_agent_deliver(const struct request *q, const struct spawner_request *user,
    const struct message_mailbox_deliver *m, struct arena *a, struct mailbox_answer *out);
PARKS void mailbox_agent_command(const struct request *q, const struct spawner_request *user,
    const struct message_mailbox_command *m, struct outcome *out);
PARKS void mailbox_agent_read(const struct spawner_request *user,
    const struct message_mailbox_read *m, struct arena *a, struct mailbox_answer *out);

/* True: the message was delivered to this recipient before, or cannot be read; *out says it. */
bool mailbox_agent_is_loop(const struct request *q, struct str recipient, struct outcome *out);

#endif
