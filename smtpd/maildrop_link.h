/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_MAILDROP_LINK_H
#define SMTPD_MAILDROP_LINK_H

#include "lib/ipc/kept_caller.h"

/*
 * The way of messages that a user submits (smtpd -S): pickup, or the maildrop, through postdrop, while
 * the mail system is down.
 */
struct maildrop_link {
	const struct config *config;
	struct group tasks; /* one that plays pickup, where there is none */
	char pickup[64];    /* its socket */
};

/* k: its channels are opened so from now on. */
void maildrop_link_init(struct maildrop_link *l, const struct config *c, struct kept_caller *k);
PARKS void maildrop_link_drop(struct maildrop_link *l); /* behind kept_caller_drop() */

#endif
