/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_POSTROAD_H
#define TOOLS_POSTROAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/config/config.h"

/* What the files of postroad(1) share. */
struct context {
	struct arena arena;
	const char *directory; /* of the configuration; absolute */
	const char *queue_directory, *process_folder, *daemon_directory;
	struct config *config; /* where a command needs it */
	bool verbose;
};

/* A path in the folder of master's lock. */
const char *in_process_folder(struct context *x, const char *name);

/* Prints what master, process `pid`, says about its services. */
void show_status(struct context *x, pid_t pid);

#endif
