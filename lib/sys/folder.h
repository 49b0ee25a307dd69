/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_FOLDER_H
#define LIB_SYS_FOLDER_H

#include "lib/base/compiler.h"
#include "lib/sys/path.h"

/*
 * The names in a folder, without "." and "..", in no order. What is added or removed meanwhile may
 * or may not be seen.
 *
 *	while ((n = folder_next(&f, &entry)) > 0) ...
 */
struct folder {
	void *handle; /* NULL: not open */
};

struct folder_entry {
	const char *name;    /* borrowed until the next call */
	enum file_kind kind; /* FILE_UNKNOWN where the file system does not say */
};

MUST_USE int folder_open(struct folder *f, int at, const char *path);
MUST_USE int folder_next(struct folder *f, struct folder_entry *out); /* 1, 0: no more, -errno */
int folder_fd(const struct folder *f); /* for the _at calls; borrowed */
void folder_close(struct folder *f);   /* safe to call twice */

#endif
