/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_MAILDROP_H
#define LIB_SPOOL_MAILDROP_H

#include "lib/base/why.h"
#include "lib/mail/queue_id.h"
#include "lib/spool/layout.h"
#include "lib/sys/path.h"

/*
 * maildrop/: messages that sendmail(1) left while pickup could not be reached. A file holds what
 * would have been said to pickup, frame for frame: submit, content …, content_end. It belongs to
 * the account that submitted it, and is a message once its mode says so, after its bytes are
 * durable; what is not ready is of no one's concern, and old files like that are removed.
 *
 * Names are relative to the queue directory, the current folder. These calls block: for commands,
 * and for threads.
 */
#define MAILDROP_FOLDER "maildrop"
#define MAILDROP_READY  ((mode_t)0544) /* readable for mail_owner; the folder is not for others */

struct maildrop_writer {
	int fd; /* -1: over */
	char path[SPOOL_PATH_MAX];
	struct queue_id id; /* its name, not that of the message */
};

/* Error: -errno, with words. */
MUST_USE int maildrop_create(struct maildrop_writer *w, struct why *why);
MUST_USE int maildrop_add(struct maildrop_writer *w, struct str bytes, struct why *why);
/* 0: durable, and pickup will find it. */
MUST_USE int maildrop_commit(struct maildrop_writer *w, struct why *why);
void maildrop_abort(struct maildrop_writer *w); /* safe after maildrop_commit() */

/*
 * Opens a file for reading, and locks it, so that one process at a time submits it. Error: -EAGAIN
 * (another has it), ERR_REFUSED (not a whole message), -ENOENT, -errno. *info: whose it is.
 */
MUST_USE int maildrop_open(const char *path, struct file_info *info);

#endif
