/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_MAILBOX_H
#define LOCAL_MAILBOX_H

#include "lib/run/task.h"
#include "lib/service/mailbox_lock.h"
#include "local/content.h"
#include "local/outcome.h"

/*
 * Writing one message into one mailbox, as whoever this process is. What these functions call may
 * block: they run in a process that does nothing else. Delivered means: on disk.
 */
struct mailbox_options {
	struct mailbox_locks locks;
	bool strict_ownership; /* an mbox must be ours */
	const char *host;      /* part of Maildir names */
};

struct mailbox_job {
	const char *path; /* ends in '/': Maildir; else mbox */
	const char *base; /* folders are made below it */
	struct str sender;
	struct str headers; /* on top of the content, with CR LF */
	int64_t arrival;    /* wall ticks */
	uint64_t size_limit;
	bool is_file; /* a recipient that is a file, perhaps a device; no account's mailbox */
	struct content content;
};

/* By the kind of the path. */
PARKS void mailbox_write(
    const struct mailbox_job *job, const struct mailbox_options *o, struct outcome *out);

void maildir_write(
    const struct mailbox_job *job, const struct mailbox_options *o, struct outcome *out);
PARKS void mbox_write(
    const struct mailbox_job *job, const struct mailbox_options *o, struct outcome *out);

/* Headers and content into an open file, and fsync. Error: -errno, ERR_EOF. */
MUST_USE int mailbox_copy(const struct mailbox_job *job, int fd, bool is_mbox);

/* "From sender  Mon Nov 23 16:00:00 2026", in UTC; RFC 4155, appendix A. Error: ERR_TOO_LONG. */
MUST_USE int mailbox_add_from_line(const struct mailbox_job *job, struct buf *out);

/* Headers and content, as they will be counted against a limit. */
uint64_t mailbox_size(const struct mailbox_job *job);

/* Delivered, in the words for this kind of mailbox: "maildir", "mailbox". */
void mailbox_set_delivered(const struct mailbox_job *job, const char *kind, struct outcome *out);

/*
 * Makes the folders of `path` below base that are missing (mode 0700), and syncs what holds them.
 * -ENOENT: base itself is not there.
 */
MUST_USE int mailbox_make_folders(const char *base, const char *path);

#endif
