/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_SPAWN_H
#define LIB_SYS_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/compiler.h"

/*
 * A program to start. In the new process descriptor i is fds[i], and no other is open; signals are
 * at their defaults and none is blocked; it leads a process group of its own, so that a terminal's
 * signals reach only the starter.
 */
struct spawn {
	const char *path;
	char *const *argv;        /* up to NULL */
	char *const *environment; /* up to NULL */
	const int *fds;
	size_t fd_count;
	bool search;        /* a path without '/' is looked for in our own PATH */
	const char *folder; /* where it starts; NULL: here */
};

/* The new process, once its program has been loaded. Error: -errno, also of the loading. */
MUST_USE int sys_spawn(const struct spawn *s, pid_t *pid);

#endif
