/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_CLEANUP_H
#define CLEANUP_CLEANUP_H

#include "cleanup/notifier.h"
#include "lib/config/config.h"
#include "lib/spool/journal_writer.h"
#include "lib/spool/room.h"

/* What the messages of a process share: limits of the configuration, and the way into the spool. */
struct cleanup {
	/* Settings */
	struct str host;
	struct str software;
	uint64_t message_max; /* 0: no limit */
	size_t field_max;
	unsigned hops_max;
	size_t journal_max;
	size_t duplicates_max; /* recipients remembered to drop second copies; 0: all */
	bool replace_stray;    /* CR and LF that are no line end */
	bool complete_always;
	bool log_port;           /* in client= */
	struct config_list drop; /* header fields of local mail */
	/* Started by cleanup_start() */
	struct queue_id_source ids;
	struct journal_writer journal;
	struct room room;
	struct notifier notifier;
	struct list sessions;
	bool draining;
};

/* Settings only; nothing is opened. Borrows from c. */
void cleanup_init(struct cleanup *k, const struct config *c);

/* Starts the tasks of journal and notifier. Error: negative, with words. */
MUST_USE int cleanup_start(struct cleanup *k, struct why *why);

/* All sessions have ended: commits, closes the segment, tells qmgr. */
PARKS void cleanup_close(struct cleanup *k);

#endif
