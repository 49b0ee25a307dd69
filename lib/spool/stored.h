/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_STORED_H
#define LIB_SPOOL_STORED_H

#include "lib/base/arena.h"
#include "lib/base/why.h"
#include "lib/spool/envelope.h"
#include "lib/spool/layout.h"

/*
 * A committed message as it was found in a segment or in a file of its own. Texts and lists are in the
 * arena that was given to the reading call.
 */
struct stored {
	enum spool_queue queue;
	struct queue_id id;
	struct envelope envelope;
	struct str envelope_bytes; /* as encoded (S9) */
	struct history history;    /* merged; zero when there is none */
	uint64_t content_offset;   /* in the segment or file */
	uint64_t content_length;
	uint32_t content_crc;
	uint64_t history_start; /* of a file: where its histories begin */
	uint64_t end;           /* of a file: of its last whole record (S18) */
	int64_t next;           /* of a file: mtime, wall ticks of the next attempt */
};

#endif
