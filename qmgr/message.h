/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_MESSAGE_H
#define QMGR_MESSAGE_H

#include "lib/base/wheel.h"
#include "lib/spool/journal.h"
#include "qmgr/name.h"

/*
 * A queued message as qmgr remembers it: enough to list it, to route it and to schedule it; about
 * 240 bytes, and 40 for each recipient, with what malloc adds. Envelope and content are read from the spool when
 * a delivery begins. The index (queue.h) owns it; numbers in brackets are the invariants there.
 */
enum message_phase {
	MESSAGE_NEW,      /* not in the index */
	MESSAGE_READY,    /* waits for its routes: in the line of the activators */
	MESSAGE_ACTIVE,   /* its routes are found; recipients are queued or in flight */
	MESSAGE_DEFERRED, /* waits for its next attempt */
	MESSAGE_HELD,     /* waits for an administrator */
	MESSAGE_LEAVING,  /* goes into the maildrop, to come back as another message */
	MESSAGE_GONE,     /* over; its memory stays while somebody still works on it */
};

enum recipient_state {
	RECIPIENT_WAITS,     /* open, in no job */
	RECIPIENT_QUEUED,    /* in the job of a destination */
	RECIPIENT_IN_FLIGHT, /* an agent is at it */
	RECIPIENT_DELIVERED,
	RECIPIENT_FAILED, /* for good, and not reported yet */
};

struct recipient {
	struct name *domain; /* NULL: the address has none */
	struct name *reason; /* why it is not delivered; NULL: not tried yet */
	uint32_t local;      /* where its local part stands in the texts */
	uint32_t next;       /* in a job: 1 + index of the one behind it; 0: last */
	uint16_t local_length;
	uint16_t attempts;
	uint8_t state;
	uint8_t passes; /* of this attempt: from one transport to another */
};

struct job;

struct message {
	struct queue_id id;
	uint8_t phase;
	uint8_t queue;            /* enum spool_queue: where it lies */
	bool routing : 1;         /* an activator finds its routes */
	bool keeping : 1;         /* a keeper makes the disk agree */
	bool settling : 1;        /* the timer is set for it to settle */
	bool settle : 1;          /* what is known has to reach the disk though it is not over */
	bool wants_hold : 1;      /* to be held when nobody works on it any more */
	bool flushed : 1;         /* this attempt was asked for */
	bool removed : 1;         /* GONE, and the disk knows */
	bool unkept : 1;          /* the disk failed: it waits for keep_retry() */
	bool agent_died : 1;      /* one ended while it was at this message */
	bool requeue : 1;         /* to leave when nobody works on it any more */
	bool expire : 1;          /* its lifetime was ended by an administrator … */
	bool expire_kept : 1;     /* … and the disk knows */
	struct wheel_entry timer; /* DEFERRED: next attempt; else: when to settle */
	struct list in_ready;     /* READY: queue.ready */
	struct list in_keep;      /* queue.to_keep, while it waits for a keeper */
	int64_t arrival;          /* wall */
	int64_t active;           /* wall: when it was taken up last */
	int64_t next;             /* wall: the next attempt */
	int64_t least;            /* wall: the end of a suspension that it met */
	uint64_t size;
	struct segment *segment; /* where queue is SPOOL_JOURNAL */
	uint64_t position;
	uint32_t length;
	uint32_t recipient_count;
	uint32_t open; /* neither DELIVERED nor FAILED */
	uint32_t failed;
	uint32_t queued;
	uint32_t in_flight;
	uint32_t sender_length; /* the sender's text is the first of the texts */
	struct job *jobs;       /* chain over the destinations */
	struct notes *notes;    /* outcomes that are not on disk yet; NULL: none */
	struct name *filter;    /* transport:nexthop for all recipients; NULL: as routed */
	struct recipient *recipients;
};

/* The texts stand behind the recipients, in the same piece of memory. */
static inline const char *
message_texts(const struct message *m)
{
	return (const char *)(m->recipients + m->recipient_count);
}

static inline struct str
message_sender(const struct message *m) /* borrows from m */
{
	return str_make(message_texts(m), m->sender_length);
}

static inline struct str
message_local_part(const struct message *m, const struct recipient *r) /* borrows from m */
{
	return str_make(message_texts(m) + r->local, r->local_length);
}

/* The recipient's address in internal form. */
#define MESSAGE_ADDRESS_MAX 1024
void message_address(const struct message *m, const struct recipient *r, struct buf *out);

/*
 * A message as found in the spool, with what its history says about each recipient. Not yet in the
 * index. Borrows nothing.
 */
MUST_USE struct message *message_new(const struct stored *s, struct names *names);
void message_free(struct message *m, struct names *names);

/* Changes a recipient's state, and the counts with it. */
void message_set(struct message *m, uint32_t index, enum recipient_state state);

/* No delivery is to begin: it is to be held, or to leave, or is gone. */
static inline bool
message_is_stopped(const struct message *m)
{
	return m->phase == MESSAGE_GONE || m->wants_hold || m->requeue;
}

/* Nobody works on any of its recipients. */
static inline bool
message_is_idle(const struct message *m)
{
	return !m->routing && m->queued == 0 && m->in_flight == 0;
}

#endif
