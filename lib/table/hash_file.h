/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_HASH_FILE_H
#define LIB_TABLE_HASH_FILE_H

#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/why.h"

/*
 * A hash file of Berkeley DB, as postmap and postalias write it. Postfix ends keys and values with a
 * NUL, or not, as the platform or postmap -N and -n say; a reader here understands both, and never
 * sees that NUL.
 */
struct hash_file;

/* To read. NULL: why; the path is not named there. */
MUST_USE struct hash_file *hash_file_open(const char *path, struct why *why);

/* To fill: a new file; -EEXIST is among the reasons for NULL. final_nul: as Postfix on Linux. */
MUST_USE struct hash_file *hash_file_create(
    const char *path, mode_t mode, bool final_nul, struct why *why);

void hash_file_close(struct hash_file *f); /* NULL is fine; what was not synced may be lost */

/* 1: added to *value; 0: there is none. Error: with words. */
MUST_USE int hash_file_get(struct hash_file *f, struct str key, struct buf *value, struct why *why);

/* 1: stored; 0: the key is there, and was not replaced. Error: with words. */
MUST_USE int hash_file_put(
    struct hash_file *f, struct str key, struct str value, bool replace, struct why *why);

/* 1: it was there; 0: it was not. Error: with words. */
MUST_USE int hash_file_remove(struct hash_file *f, struct str key, struct why *why);

/* Each entry once, in no order; borrowed until the next call. 1, 0 after the last, or a failure. */
MUST_USE int hash_file_next(
    struct hash_file *f, struct str *key, struct str *value, struct why *why);

/* All that was put is on disk. The file's name may not be yet (sys_sync_folder). */
MUST_USE int hash_file_sync(struct hash_file *f, struct why *why);

int hash_file_fd(struct hash_file *f); /* of the open file; borrowed. -1: the library has none */

#endif
