/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_ADDRESS_FILE_H
#define LOCAL_ADDRESS_FILE_H

#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/why.h"
#include "lib/ipc/message.h"

#define ADDRESS_FILE_MAX ((size_t)1024 * 1024)

/*
 * Reads a file of addresses that somebody else wrote, with the rights of whoever this process is: a
 * list, or a user's own .forward, which must be the user's or root's and have no other name. Neither
 * is followed if it is a symbolic link, or used if it is no regular file or everybody may write to it.
 * FOUND: *text and *owner; UNSAFE, FAILED: with words.
 */
struct address_file {
	struct buf *text; /* of ADDRESS_FILE_MAX */
	uid_t owner;
};

MUST_USE enum mailbox_text_status address_file_read(
    const char *path, bool is_include, struct address_file *out, struct why *why);

#endif
