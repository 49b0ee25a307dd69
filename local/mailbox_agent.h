/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_MAILBOX_AGENT_H
#define LOCAL_MAILBOX_AGENT_H

#include "lib/config/config.h"
#include "local/request.h"
#include "local/spawner.h"

/*
 * What `local` and `virtual` have in common below their tables: the processes that write mailboxes,
 * and the request to one of them.
 */
struct mailbox_agent_options {
	uint32_t least_uid; /* as in struct spawner_options */
	gid_t extra_gid;
	enum param_id lock_styles; /* fcntl, flock, dotlock */
};

/* Before anything else is opened, with root's rights. Error: with words. */
MUST_USE int mailbox_agent_start(
    const struct config *c, const struct mailbox_agent_options *o, struct why *why);

/* In a task. Error: with words. */
MUST_USE int mailbox_agent_open(struct why *why);
PARKS void mailbox_agent_close(void);

struct mailbox_target {
	const char *path; /* ends in '/': Maildir; else mbox */
	const char *base; /* begins path; without a final '/' */
	struct spawner_request user;
	uint64_t size_limit;
	struct str recipient; /* for Delivered-To; internal form */
	struct str original;
	struct str sender;
};

/* False: not started by root, so that every mailbox is written as who we are. */
bool mailbox_agent_has_users(void);

/* Looks for a loop, then has the message written. Whatever happens, *out says it. */
PARKS void mailbox_agent_deliver(
    const struct request *q, const struct mailbox_target *t, struct outcome *out);

/* True: the message was delivered to this recipient before, or cannot be read; *out says it. */
bool mailbox_agent_is_loop(const struct request *q, struct str recipient, struct outcome *out);

#endif
