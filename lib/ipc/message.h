/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IPC_MESSAGE_H
#define LIB_IPC_MESSAGE_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"

/*
 * Typed messages. Rows of message.def become `struct message_submit` and so on, and
 * MESSAGE_SUBMIT numbers. A decoded message borrows its texts from the frame; its lists are in the
 * arena that was given.
 *
 * Wire form of a frame, all numbers little-endian:
 *	u32 length of what follows | u16 message number | u16 descriptors | u32 request id | fields
 * Each field: u8 kind, then u32 | u64 | u32 length and bytes | u32 count and records.
 * A frame that comes with a descriptor (SCM_RIGHTS, with its first byte) says 1, others 0.
 */
enum message_number {
#define MESSAGE(number, name, ...) MESSAGE_NUMBER_##name = (number),
#define RECORD(name, ...)
#include "lib/ipc/message.def"
#undef MESSAGE
#undef RECORD
};

#define FRAME_HEAD 12
#define FRAME_MAX  ((size_t)16 * 1024 * 1024)

#define U32(name)       uint32_t name;
#define U64(name)       uint64_t name;
#define I64(name)       int64_t name;
#define TEXT(name, max) struct str name;
#define LIST(name, record, max)        \
	struct message_##record *name; \
	uint32_t name##_count;
#define NO_FIELDS char no_fields;
#define RECORD(name, ...)       \
	struct message_##name { \
		__VA_ARGS__     \
	};
#define MESSAGE(number, name, ...) \
	struct message_##name {    \
		__VA_ARGS__        \
	};
#include "lib/ipc/message.def"
#undef U32
#undef U64
#undef I64
#undef TEXT
#undef LIST
#undef NO_FIELDS
#undef RECORD
#undef MESSAGE

/* A frame as it came: which message it is, for which request, and its fields still encoded. */
struct frame {
	uint32_t number; /* MESSAGE_NUMBER_; always a known one */
	uint32_t request;
	struct str fields; /* borrowed */
	unsigned fds;      /* descriptors that came with it: 0 or 1 */
};

/*
 * For each row `name` of message.def:
 *
 *	int message_encode_NAME(const struct message_NAME *m, uint32_t request, struct buf *out)
 *		Adds a whole frame to *out. Error: ERR_TOO_LONG: a field beyond the bound of its row, or
 *		*out is full; nothing was added.
 *	int message_decode_NAME(const struct frame *f, struct arena *a, struct message_NAME *out)
 *		Texts borrow from the frame; lists are in the arena, which may be NULL where there are
 *		none. Error: ERR_PROTOCOL: another message, damaged fields, too few, too many, or
 *		beyond their bounds.
 */
MUST_USE int message_encode(
    enum message_number number, const void *m, uint32_t request, struct buf *out);
MUST_USE int message_decode(
    const struct frame *f, enum message_number number, struct arena *a, void *out);

#define RECORD(name, ...)
#define MESSAGE(number, name, ...)                                              \
	MUST_USE static inline int message_encode_##name(                       \
	    const struct message_##name *m, uint32_t request, struct buf *out)  \
	{                                                                       \
		return message_encode(MESSAGE_NUMBER_##name, m, request, out);  \
	}                                                                       \
	MUST_USE static inline int message_decode_##name(                       \
	    const struct frame *f, struct arena *a, struct message_##name *out) \
	{                                                                       \
		return message_decode(f, MESSAGE_NUMBER_##name, a, out);        \
	}
#include "lib/ipc/message.def"
#undef RECORD
#undef MESSAGE

/*
 * Splits the first frame off *bytes. 1: *f is whole, *used its length; 0: more bytes are needed, and
 * *used is how many the frame has in all (FRAME_HEAD while even that is not known). Error:
 * ERR_PROTOCOL: no known message, or longer than frame_max.
 */
MUST_USE int frame_split(struct str bytes, size_t frame_max, struct frame *f, size_t *used);

/* "submit"; "?" for what is none. */
const char *message_name(uint32_t number);

/* Flags of a message's way in (submit.flags, deliver.flags). */
enum submit_flag {
	SUBMIT_LOCAL = 1 << 0,   /* from sendmail(1): complete missing headers */
	SUBMIT_TRUSTED = 1 << 1, /* from a client whose headers we complete */
	SUBMIT_SMTPUTF8 = 1 << 2,
	SUBMIT_8BITMIME = 1 << 3,
	SUBMIT_RET_FULL = 1 << 4,
	SUBMIT_RET_HDRS = 1 << 5,
	SUBMIT_INTERNAL = 1 << 6, /* made by us: bounces, forwarded mail */
	SUBMIT_HOLD = 1 << 7,
	/* receive_override_options of the service that took it in */
	SUBMIT_NO_ADDRESS_MAPPINGS = 1 << 8,
	SUBMIT_NO_HEADER_BODY_CHECKS = 1 << 9,
	SUBMIT_GATEWAY = 1 << 10, /* sendmail -G: SUBMIT_LOCAL, and the headers are not ours */
	SUBMIT_NO_ALIASES = 1 << 11, /* local: aliases and .forward of the recipients were followed */
	SUBMIT_HIDE_CLIENT = 1 << 12, /* the client is left out of the Received header */
};

/* message_action.kind, and what its text is. */
enum action_kind {
	ACTION_HOLD = 1,     /* the reason; may be empty */
	ACTION_DISCARD = 2,  /* the reason; may be empty */
	ACTION_FILTER = 3,   /* transport:nexthop */
	ACTION_REDIRECT = 4, /* an address, in place of all recipients */
	ACTION_BCC = 5,      /* an address */
	ACTION_PREPEND = 6,  /* a header field, "Name: value" */
};

enum outcome_status {
	OUTCOME_DELIVERED = 1,
	OUTCOME_DEFERRED = 2,
	OUTCOME_BOUNCED = 3,
	OUTCOME_PASSED = 4, /* is for another transport: the text is "transport:nexthop" */
};

enum mailbox_text_status {
	MAILBOX_TEXT_FOUND = 1,
	MAILBOX_TEXT_NONE = 2,   /* no such file */
	MAILBOX_TEXT_UNSAFE = 3, /* it is there, but not to be used: the text says why */
	MAILBOX_TEXT_FAILED = 4, /* could not find out */
};

enum queue_action {
	QUEUE_ACTION_HOLD = 1,
	QUEUE_ACTION_RELEASE = 2,
	QUEUE_ACTION_DELETE = 3,
	QUEUE_ACTION_FLUSH = 4,
	QUEUE_ACTION_REQUEUE = 5, /* through the maildrop and cleanup again */
	QUEUE_ACTION_EXPIRE = 6,  /* its lifetime is over at the next attempt */
};

#endif
