/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_FILES_H
#define LIB_CONFIG_FILES_H

#include "lib/base/buf.h"
#include "lib/base/why.h"

/*
 * The files that make up the settings of a folder: main.cf, then main.cf.d/NAME.cf in the order of their
 * names. They are handed on as one text, in which each keeps its name and its line numbers.
 *
 *	result = files_read("/etc/postroad", &text, &why);
 *	while (files_next(&rest, &file, &lines))
 *		...
 */
#define FILES_FOLDER "main.cf.d"

/* Adds all of them to *out, which bounds them. Error, with words: -errno, ERR_TOO_LONG, ERR_SYNTAX. */
MUST_USE int files_read(const char *directory, struct buf *out, struct why *why);

/*
 * Takes the next file off such a text; *path is empty for what stands before the first mark. A text
 * without marks is one file. False: that was all.
 */
bool files_next(struct str *rest, struct str *path, struct str *lines);

#endif
