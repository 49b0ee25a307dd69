/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_POSTCAT_H
#define TOOLS_POSTCAT_H

#include "lib/spool/stored.h"

struct found {
	char path[2 * SPOOL_PATH_MAX];
	struct stored message;
};

/* The current folder is the queue directory. Each ends the program where there is no such message. */
void found_by_id(const struct queue_id *id, struct arena *arena, struct found *out);
void found_by_path(const char *path, struct arena *arena, struct found *out);

#endif
