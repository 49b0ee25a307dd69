/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_POLL_H
#define LIB_SYS_POLL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"

/* Which of these descriptors are ready now; never waits. A broken descriptor is ready both ways. */
struct ready {
	int fd;
	bool in, out; /* asked for; then: what is ready */
};

MUST_USE int sys_poll(struct ready *fds, size_t count); /* how many are ready, or -errno */

#endif
