/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_RECOVERY_H
#define QMGR_RECOVERY_H

#include "qmgr/qmgr.h"

/*
 * Finds in the spool what nobody told us of: everything at start, in the background, while what was
 * found already is delivered; later, segments whose writer is gone. Error: -ENOMEM.
 */
MUST_USE int recovery_start(struct qmgr *q);

/*
 * Waits until the spool was gone through once: then what is not in the index is not there. Error:
 * ERR_TIMEOUT, ERR_CANCELLED.
 */
PARKS MUST_USE int recovery_wait(struct qmgr *q, int64_t deadline);

/* Nobody will tell of what follows in this segment: it is scanned as soon as it is closed. */
void recovery_adopt(struct qmgr *q, const struct queue_id *segment);
/* For a record, or a file in incoming/, that could not be read when its notice came. */
void recovery_adopt_record(
    struct qmgr *q, const struct queue_id *segment, uint64_t position, uint64_t length);
void recovery_adopt_file(struct qmgr *q, const struct queue_id *id);
void recovery_drop(struct qmgr *q);

#endif
