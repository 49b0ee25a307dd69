/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_CHILD_H
#define LOCAL_CHILD_H

#include "lib/base/compiler.h"
#include "local/mailbox.h"

/*
 * The process that writes mailboxes, as the user who owns them: takes requests off a channel, one
 * after the other, until its agent closes it.
 */
NORETURN void child_run(int fd, const struct mailbox_options *o);

#endif
