/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_USER_MAILBOX_H
#define LOCAL_USER_MAILBOX_H

#include <sys/types.h>

#include "lib/config/config.h"
#include "local/account.h"
#include "local/outcome.h"
#include "local/spawner.h"

/* Where the mailboxes of this host's accounts are, by main.cf. */
struct user_mailboxes {
	const char *home_mailbox; /* below the home directory; "": in the spool */
	char *spool;              /* without a final '/' */
	bool spool_is_maildir;    /* it holds Maildirs rather than files */
	bool spool_has_group;     /* and only its group may make files there */
	bool require_home;
	uint64_t size_limit;
};

/* Before rights are dropped. *spool_gid: the spool's group, where one is needed to write there. */
void user_mailboxes_open(struct user_mailboxes *m, const struct config *c, gid_t *spool_gid);
void user_mailboxes_drop(struct user_mailboxes *m);

/*
 * Fills path, base and size_limit of *out, its texts in the arena, and who writes there. False: *why
 * says why the mailbox cannot be written.
 */
PARKS bool user_mailbox_find(const struct user_mailboxes *m, const struct account *account,
    struct arena *a, struct message_mailbox_deliver *out, struct spawner_request *user,
    struct outcome *why);

#endif
