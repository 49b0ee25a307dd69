/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_QUEUE_H
#define QMGR_QUEUE_H

#include "qmgr/message.h"

/*
 * The index: every queued message, by id; the line of those that wait for their routes; the wheel of
 * those that wait for a time. Only memory: what it says about the disk is true because keep.c
 * makes it so.
 *
 * Invariants:
 *  Q1. Every message that is committed and not done is in the index, or found by a recovery that is
 *      still running. Nobody but keep.c takes one out.
 *  Q2. phase and state agree: READY is in `ready`; DEFERRED is on the wheel; only ACTIVE has queued
 *      recipients; HELD and DEFERRED have none queued or in flight; ROUTING is held by one activator.
 *  Q3. The counts of a message are those of its recipients' states (message_set() keeps them).
 *  Q4. A message's memory goes when it is GONE, removed from the disk, not being written
 *      (`keeping`) or routed, and none of its recipients is in flight.
 *  Q5. One task at a time writes a message's state to the disk (`keeping`).
 */
struct queue {
	struct map by_id;
	struct names names;
	struct wheel wheel;
	struct list ready;   /* MESSAGE_READY, oldest first */
	struct list to_keep; /* whose state has to reach the disk */
};

void queue_init(struct queue *q, int64_t now);
void queue_drop(struct queue *q); /* forgets all messages; the disk is not touched */

/* Also one that is GONE, as long as it lies on disk, where a recovery may see it. */
struct message *queue_find(const struct queue *q, struct str id);

/* Takes m, which is NEW, and whose id is not in the index yet; queue_set_phase() is to follow. */
void queue_add(struct queue *q, struct message *m);

/* It is GONE: in no line and not on the wheel any more; still known by its id. */
void queue_forget(struct queue *q, struct message *m);

/* A message that is GONE is gone from the disk, too, and leaves the index. Its memory stays. */
void queue_removed(struct queue *q, struct message *m);

/* Changes the phase, leaving or joining the line of the READY, leaving the wheel. */
void queue_set_phase(struct queue *q, struct message *m, enum message_phase phase);

/* On the wheel, whatever it was there for before. */
void queue_set_timer(struct queue *q, struct message *m, int64_t due);

/* How the queue of a message is called for people: incoming, active, deferred, hold. */
const char *message_queue_name(const struct message *m);

/* Why a recipient is not delivered; an empty view: nothing is known. */
void queue_set_reason(struct queue *q, struct recipient *r, struct str reason);

#endif
