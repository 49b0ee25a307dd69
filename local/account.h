/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_ACCOUNT_H
#define LOCAL_ACCOUNT_H

#include "lib/base/arena.h"
#include "lib/base/str.h"
#include "lib/base/why.h"
#include "lib/sys/user.h"

/* An account of this host that mail is delivered to. */
struct account {
	struct user_entry user;
};

/*
 * Asks the name service, on a thread; what it said of an account holds for a few seconds. name: in
 * lower case. 1, 0, or negative: could not find out, with words.
 */
PARKS MUST_USE int account_find(
    struct arena *a, struct str name, struct account *out, struct why *why);

/* Its home directory is there; false also where we cannot see it. */
PARKS bool account_has_home(const struct account *account);

#endif
