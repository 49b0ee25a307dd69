/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_ACCOUNTS_H
#define LIB_SERVICE_ACCOUNTS_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/why.h"
#include "lib/config/config.h"
#include "lib/sys/user.h"

/*
 * The accounts the suite runs as. Not started by root, all are the account that started it.
 */
struct accounts {
	struct user_entry mail;    /* mail_owner */
	struct user_entry network; /* network_owner; mail_owner where that account is absent */
	bool network_is_absent;
	gid_t submit_gid; /* setgid_group; mail_owner's group where that group is absent */
	bool as_root;     /* rights are there to be given up */
};

/*
 * May block. Error, with words that say what to do: ERR_UNKNOWN (no such account), ERR_REFUSED (the
 * account is root), or that the name service could not say.
 */
MUST_USE int accounts_find(
    const struct config *c, struct arena *a, struct accounts *out, struct why *why);

#endif
