/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_SANDBOX_H
#define LIB_SYS_SANDBOX_H

#include "lib/base/compiler.h"

/*
 * Walls that a process builds around itself and cannot take down. Both need rights_no_new() first.
 *
 * Paths (Landlock): nothing in the file system can be opened but what was allowed. Descriptors that
 * are open already keep working; sockets are not files to it.
 *
 *	int walls = sandbox_paths_open();
 *	sandbox_paths_allow(walls, "/etc", SANDBOX_READ);
 *	sandbox_paths_enter(walls);
 *
 * Each answers 0 or -errno; -ENOSYS and -EOPNOTSUPP: this kernel has no such walls (or older ones
 * that would forbid renaming from one folder to another).
 */
enum sandbox_access {
	SANDBOX_READ = 1 << 0,  /* read files and list folders below the path */
	SANDBOX_WRITE = 1 << 1, /* write, make, rename and remove below it */
	SANDBOX_RUN = 1 << 2,   /* execute programs below it */
};

MUST_USE int sandbox_paths_open(void); /* a descriptor */
MUST_USE int sandbox_paths_allow(int paths, const char *path, unsigned access);
MUST_USE int sandbox_paths_enter(int paths); /* closes it */
void sandbox_paths_close(int paths);         /* without entering */

/*
 * System calls (seccomp): what no mail program ever needs answers EPERM from now on, in all threads
 * that start later: tracing other processes, mounting, modules, keys, clocks, other kinds of
 * sockets than those allowed. -ENOSYS: not on this machine.
 */
enum sandbox_call {
	SANDBOX_CALL_INET = 1 << 0, /* sockets of the Internet families */
	SANDBOX_CALL_FORK = 1 << 1, /* child processes, other programs, signals to others */
};

MUST_USE int sandbox_calls_enter(unsigned allowed);

#endif
