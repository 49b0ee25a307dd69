/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_JOURNAL_WRITER_H
#define LIB_SPOOL_JOURNAL_WRITER_H

#include "lib/base/buf.h"
#include "lib/base/why.h"
#include "lib/mail/queue_id.h"
#include "lib/run/task.h"
#include "lib/spool/record.h"

/*
 * Puts messages into the journal, with group commit. Many tasks append; one task of the writer gathers
 * what they gave, writes it with one pwritev, and has one fdatasync done on a thread; then all
 * of them go on. While one fdatasync runs, the next batch gathers. One writer per process.
 *
 *	journal_writer_open(&w, &(struct journal_writer_options){ .ids = &ids, ... });
 *	struct draft *d = draft_new(journal_message_limit);
 *	envelope_encode(&e, &d->envelope);  buf_add(&d->content, ...);
 *	result = journal_append(&w, d, &why);
 *	if (result == 0)  // committed (S1)
 */

/* A message on its way into the journal. */
struct draft {
	struct list in_batch;
	struct buf envelope; /* encoded */
	struct buf content;
	/* The writer's: */
	struct cond done;
	int result;     /* 1: not known yet */
	unsigned users; /* the sender, the writer */
	uint64_t position;
	uint64_t length;
	struct buf head; /* header and envelope as they are written */
};

MUST_USE struct draft *draft_new(size_t content_max);
void draft_free(
    struct draft *d); /* NULL is fine; one that journal_append() took is not the caller's */

struct journal_writer_options {
	struct queue_id_source *ids; /* names segments; outlives the writer */
	uint64_t segment_size;       /* 0: 32 MiB: a segment gets no record once it is so long */
	int64_t segment_age;         /* 0: 30 s: nor once it is so old */
	int64_t gather_max;          /* 0: 3 ms: longest wait for company; see journal_expect() */
	/*
	 * Told in the order of the segment, from the writer's task; neither may park. `committed` comes for
	 * every committed record, whether or not its sender still waits; `closed` when a segment
	 * gets no further record and its lock is free (S12). Texts are borrowed.
	 */
	void (*committed)(void *context, struct str segment, uint64_t position, uint64_t length);
	void (*closed)(void *context, struct str segment, uint64_t length);
	/* A fault that an administrator must see; each message's sender is told apart. */
	void (*failed)(void *context, int error, const char *words);
	void *context;
};

struct journal_writer {
	struct journal_writer_options options;
	struct group tasks;
	struct list gathering; /* drafts; not yet written */
	unsigned gathered;
	unsigned expected;
	size_t gathered_bytes;
	struct cond work; /* the writer waits for drafts */
	bool closing;
	bool rotate;
	int64_t no_gather;    /* until then: the last wait for company was in vain */
	struct str *pieces;   /* of the batch that is written */
	int fd;               /* -1: no segment */
	struct queue_id name; /* of the segment */
	uint64_t owner;
	uint64_t end; /* of what is committed in it */
	int64_t born; /* monotonic */
	/* Counted for tests and metrics. */
	uint64_t batches;
	uint64_t messages;
};

MUST_USE int journal_writer_open(struct journal_writer *w, const struct journal_writer_options *o);

/* Commits what was appended, closes the segment, ends the task. No append may follow. */
PARKS void journal_writer_close(struct journal_writer *w);

/* Whether a message of this size goes into the journal; if not, file_writer.h. */
bool journal_takes(size_t envelope, size_t content);

/*
 * Takes d. 0: committed. Error: the message is not committed and leaves nothing behind: ERR_FULL (no
 * room: 452), -errno (temporary), why says more. ERR_CANCELLED: its fate is not known to the caller;
 * if it is committed, `committed` is called.
 */
PARKS MUST_USE int journal_append(struct journal_writer *w, struct draft *d, struct why *why);

/*
 * Says that a message began (+1) or ended (-1) to be collected. While several are on their way,
 * a batch waits up to gather_max for them; a message that is alone never waits.
 */
void journal_expect(struct journal_writer *w, int change);

/* The next record begins a new segment: after qmgr came back, so that it finds all of the old one. */
void journal_rotate(struct journal_writer *w);

#endif
