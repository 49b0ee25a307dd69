/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_LAYOUT_H
#define LIB_SPOOL_LAYOUT_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/why.h"
#include "lib/mail/queue_id.h"

/*
 * Names in the queue directory (layout.def). All are relative: the current folder of a process that
 * touches the spool is the queue directory.
 */
enum spool_queue {
	SPOOL_JOURNAL,
	SPOOL_INCOMING,
	SPOOL_DEFERRED,
	SPOOL_HOLD,
};

const char *spool_queue_name(enum spool_queue q); /* "journal", "incoming", "deferred", "hold" */

#define SPOOL_PATH_MAX 64

/* "incoming/ID", "deferred/x/ID", "hold/ID"; not for SPOOL_JOURNAL. x is the id's 11th character. */
void spool_message_path(enum spool_queue q, const struct queue_id *id, char path[SPOOL_PATH_MAX]);
/* The folder that holds it: "incoming", "deferred/x", "hold". */
void spool_message_folder(enum spool_queue q, const struct queue_id *id, char path[SPOOL_PATH_MAX]);

/* One bit for each folder that holds messages, and for the journal. */
uint64_t spool_folder_bit(
    enum spool_queue q, const struct queue_id *id); /* id: of SPOOL_DEFERRED */
/* The folder of bit `bit` (0 to SPOOL_FOLDERS - 1). */
#define SPOOL_FOLDERS 35
void spool_folder_of_bit(unsigned bit, char path[SPOOL_PATH_MAX]);

/* The characters that can be x. qmgr makes deferred/x when it first needs it. */
#define SPOOL_SPREAD "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/* Who owns what; each (uid_t)-1 / (gid_t)-1: leave as it is (not run by root). */
struct spool_owners {
	uid_t mail_uid;
	gid_t mail_gid;
	gid_t network_gid;
	gid_t submit_gid;
};

/*
 * Makes the queue directory and what is missing in it, and gives each folder its owner and mode; never
 * touches what lies in the folders. May block; for `postroad start`. Error: -errno, why complete.
 */
MUST_USE int spool_make(const char *directory, const struct spool_owners *o, struct why *why);

/*
 * Looks only: each fault (missing, no folder, wrong owner, too open a mode) is one complete line.
 * Answers how many. Error: -errno when it could not look.
 */
MUST_USE int spool_check(const char *directory, const struct spool_owners *o,
    void (*report)(void *context, const char *text), void *context);

#endif
