/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_DAEMON_H
#define LIB_SYS_DAEMON_H

#include "lib/base/compiler.h"

/*
 * Goes on in a new process without a terminal. In the old one it does not return: that waits until
 * the new one calls sys_daemon_ready(), or ends, and exits with 0, or as that did.
 */
MUST_USE int sys_daemon(int *ready);
void sys_daemon_ready(int ready);

/* Points descriptors 0, 1 and 2, where asked or where not open, to /dev/null. */
#define SYS_NULL_IN  (1U << 0)
#define SYS_NULL_OUT (1U << 1)
#define SYS_NULL_ERR (1U << 2)
MUST_USE int sys_null_standard(unsigned which);

#endif
