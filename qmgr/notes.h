/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_NOTES_H
#define QMGR_NOTES_H

#include "lib/spool/envelope.h"

/*
 * What became of a message's recipients since its state was last written to the disk. Taken whole
 * by who writes it, and put back where that failed; what was noted meanwhile is newer.
 */
struct notes;

/* *n is made when it is NULL. Texts are copied, cleaned of control characters and cut to bounds. */
void notes_add(struct notes **n, const struct history_result *result);

void notes_free(struct notes *n); /* NULL is fine */

/* As the list of a history record; borrows from n, which may be NULL. */
void notes_list(const struct notes *n, struct history *out);

/* True when something in it is final: delivered, or failed for good. */
bool notes_are_final(const struct notes *n);

/* *n holds what is newer than `older`, which is used up. Both may be NULL. */
void notes_put_back(struct notes **n, struct notes *older);

#endif
