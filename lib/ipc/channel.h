/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IPC_CHANNEL_H
#define LIB_IPC_CHANNEL_H

#include "lib/base/why.h"
#include "lib/io/stream.h"
#include "lib/ipc/message.h"
#include "lib/sys/socket.h"

/*
 * A two-way channel of frames between two of our processes, over a UNIX socket, or over memory in
 * tests. Both ends say hello first: who they are, which protocol and version they speak. Then any
 * task may send; one task receives.
 *
 * Frames never interleave and are never torn: once its first byte is taken, a frame goes out whole,
 * whatever becomes of the task that sent it. Sent frames gather until the tasks of this turn have
 * run, and leave in one write, by a writer task of the channel's own.
 *
 *	struct channel c;
 *
 *	n = channel_open(&c, fd, &options, deadline, &why);	// takes fd, says hello
 *	n = channel_send_submit(&c, request, &submit, deadline);
 *	n = channel_receive(&c, &frame, deadline);
 *	if (n == 0 && frame.number == MESSAGE_NUMBER_verdict)
 *		n = message_decode_verdict(&frame, NULL, &verdict);
 *	channel_close(&c);
 */
struct channel_options {
	/* CHANNEL_SUBMIT …, or several with blanks between: the peer must speak one of them. */
	const char *protocol;
	const char *program; /* who we are, for the peer's log; 64 bytes of it are told */
	uint32_t capacity;   /* requests that we take at once */
	size_t frame_max;    /* largest frame that we accept; 0: FRAME_MAX */
};

/* Protocols; the version is that of message.def, the same for all. */
#define CHANNEL_SUBMIT  "submit" /* smtpd, bounce, sendmail, pickup -> cleanup; commands -> pickup */
#define CHANNEL_STORED  "stored"  /* cleanup -> qmgr */
#define CHANNEL_DELIVER "deliver" /* qmgr -> agents */
#define CHANNEL_QUEUE   "queue"   /* commands -> qmgr */
#define CHANNEL_MAILBOX "mailbox" /* parent -> child of a mailbox agent */
#define CHANNEL_WORKER  "worker"  /* worker <-> master */
#define CHANNEL_DNS     "dns"     /* everybody -> resolver */
#define CHANNEL_COUNTS  "counts"  /* smtpd -> anvil */

#define CHANNEL_VERSION 3

#define CHANNEL_PEER_MAX 64 /* of message.def */

struct channel {
	struct stream stream;
	struct group writer;  /* of one task */
	struct buf out;       /* frames that wait for the writer … */
	size_t out_used;      /* … but for the first bytes of it, which have left */
	struct str borrowed;  /* bytes of a sender that follow `out`, not copied */
	struct cond work;     /* the writer waits for something to write */
	struct cond progress; /* senders wait for room, for their turn, for their bytes to leave */
	bool sending;         /* a sender is in the middle of a frame */
	int failed;           /* why nothing can be sent any more; 0: it can */
	int fd_out[STREAM_FDS_MAX];     /* descriptors to send … */
	uint64_t fd_at[STREAM_FDS_MAX]; /* … each with this byte of the output */
	unsigned fd_count;
	uint64_t written; /* bytes of the output that have left */
	struct buf in;    /* a frame larger than the stream's buffer */
	bool in_is_whole; /* it was handed out */
	size_t in_use;    /* bytes of the frame handed out last, still in the stream */
	int fd_in;        /* descriptor of that frame, not taken yet; -1 */
	size_t frame_max;
	char peer[CHANNEL_PEER_MAX + 1]; /* program name the peer gave */
	char protocol[33];               /* that both speak */
	uint32_t peer_capacity;
};

/*
 * Takes fd (of a UNIX socket), says hello, and waits for the peer's. Error, with words: ERR_PROTOCOL
 * (not one of us, another protocol or version), ERR_EOF, ERR_TIMEOUT, ERR_CANCELLED, -errno; the
 * channel is then closed, and so is fd.
 */
PARKS MUST_USE int channel_open(
    struct channel *c, int fd, const struct channel_options *o, int64_t deadline, struct why *why);

/* As channel_open, over c->stream, which the caller has opened (stream_open_pair). */
PARKS MUST_USE int channel_open_stream(
    struct channel *c, const struct channel_options *o, int64_t deadline, struct why *why);

/* What has not left is dropped (see channel_flush). Only once no task uses it any more. */
PARKS void channel_close(struct channel *c);

/*
 * For each message: channel_send_NAME(c, request, &message, deadline). Parks while more than 64 KiB
 * wait to leave. Texts of 16 KiB and more are written from where they are. Error: ERR_TIMEOUT and
 * ERR_CANCELLED: nothing was sent, the channel is as before, unless the frame had begun, which then
 * goes out all the same and the answer is 0; others: the channel is of no more use.
 */
PARKS MUST_USE int channel_send(struct channel *c, enum message_number number, uint32_t request,
    const void *message, int64_t deadline);

/* The same with a descriptor, taken in any case. */
PARKS MUST_USE int channel_send_fd(struct channel *c, enum message_number number, uint32_t request,
    const void *message, int fd, int64_t deadline);

#define RECORD(name, ...)
#define MESSAGE(number, name, ...)                                                                 \
	PARKS MUST_USE static inline int channel_send_##name(                                      \
	    struct channel *c, uint32_t request, const struct message_##name *m, int64_t deadline) \
	{                                                                                          \
		return channel_send(c, MESSAGE_NUMBER_##name, request, m, deadline);               \
	}
#include "lib/ipc/message.def"
#undef RECORD
#undef MESSAGE

/* Waits until all that was sent has left. */
PARKS MUST_USE int channel_flush(struct channel *c, int64_t deadline);

/*
 * The next frame, borrowed until the next receive. Error: ERR_EOF (the peer closed between two
 * frames), ERR_PROTOCOL (it broke the rules, or closed within one), ERR_TIMEOUT, ERR_CANCELLED
 * (nothing is lost; call again), -errno.
 */
PARKS MUST_USE int channel_receive(struct channel *c, struct frame *f, int64_t deadline);

/* The descriptor of the frame received last, which the caller then owns; -1: it has none. */
MUST_USE int channel_take_fd(struct channel *c);

/*
 * Whether the process at the other end of a UNIX socket may be believed: root, our own user, or one
 * of uids[]. Error: ERR_REFUSED, with words; -errno.
 */
MUST_USE int channel_check_peer(int fd, const uid_t *uids, size_t count, struct why *why);

/* A failure of the above that only says that the peer has ended, or that we are to. */
bool channel_peer_went(int result);

#endif
