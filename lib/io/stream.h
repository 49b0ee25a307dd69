/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IO_STREAM_H
#define LIB_IO_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/run/watch.h"

/*
 * A two-way byte stream with a buffer each way, over a descriptor (TCP, UNIX socket, pipe), over TLS
 * (lib/tls, by its own ops), or over memory, where the other end is another task: a scripted peer
 * in a test.
 *
 * Reading borrows: a view stays valid until the next read call on the stream. Writing gathers:
 * bytes go out when a read on the same stream is about to park, when 32 KiB wait, or with
 * stream_flush(); so replies to pipelined commands leave in one write.
 *
 * While a read waits with nothing buffered, the stream holds no input memory.
 * One task may read and one other may write at the same time.
 */
struct stream;

struct stream_ops {
	/* Each answers a count, -EAGAIN, 0 at end of stream (read), or a failure. Never parks. */
	int (*read)(struct stream *s, void *p, size_t size);
	int (*write)(struct stream *s, const struct str *pieces, size_t count);
	PARKS int (*wait_in)(struct stream *s, int64_t deadline);
	PARKS int (*wait_out)(struct stream *s, int64_t deadline);
	int (*end_output)(struct stream *s); /* NULL: cannot */
	void (*close)(struct stream *s);
};

#define STREAM_FDS_MAX 8

/* Whether the socket is known to hold nothing more to read; see stream_fd.c. */
enum stream_drained {
	STREAM_UNKNOWN,
	STREAM_SHORT,    /* the last read got less than it asked for */
	STREAM_ANSWERED, /* and a write after it succeeded */
};

struct stream {
	const struct stream_ops *ops;
	void *context;      /* of the ops */
	struct watch watch; /* of a descriptor */
	struct buf in, out;
	size_t in_used; /* bytes of `in` already given to the reader */
	bool at_eof;
	enum stream_drained drained;
	bool flushing; /* a task is sending; others wait for `turn` */
	struct cond turn;
	int failed;              /* first write failure; later writes answer it */
	int fds[STREAM_FDS_MAX]; /* descriptors received, not yet taken */
	unsigned fd_count;
	int fd_out; /* descriptor to send with the next byte; -1 */
};

#define STREAM_IN_MAX  ((size_t)128 * 1024) /* largest line or piece that can be asked for */
#define STREAM_OUT_MAX ((size_t)32 * 1024)

/*
 * Each takes fd, which is non-blocking, on success. Error: -errno. For a socket that is connected;
 * for a UNIX socket on which descriptors are passed (SCM_RIGHTS); for either end of a pipe.
 */
MUST_USE int stream_open(struct stream *s, int fd);
MUST_USE int stream_open_passing(struct stream *s, int fd);
MUST_USE int stream_open_pipe(struct stream *s, int fd);

/* Two ends of one stream in memory; each direction holds up to `capacity` unread bytes. */
void stream_open_pair(struct stream *a, struct stream *b, size_t capacity);

void stream_close(struct stream *s); /* what was not flushed is dropped; safe to call twice */

/*
 * A line with its end as it came: bytes up to and including the first LF. At most max bytes
 * (<= STREAM_IN_MAX) are looked at: ERR_TOO_LONG gives the first max bytes in *line, and they are
 * consumed. Error: ERR_EOF (what came without LF is dropped), ERR_TIMEOUT, ERR_CANCELLED, -errno.
 */
PARKS MUST_USE int stream_read_line(
    struct stream *s, size_t max, struct str *line, int64_t deadline);

/* Whatever there is, at least one byte, at most max; consumed. Error: as above. */
PARKS MUST_USE int stream_read(struct stream *s, size_t max, struct str *bytes, int64_t deadline);

/* Exactly n bytes (<= STREAM_IN_MAX), consumed. ERR_EOF when fewer come. */
PARKS MUST_USE int stream_read_exact(
    struct stream *s, size_t n, struct str *bytes, int64_t deadline);

/*
 * As stream_read, but nothing is consumed: *bytes is all that is buffered, more than `have` bytes.
 * For scanners that look before they take. Then stream_consume().
 */
PARKS MUST_USE int stream_peek(struct stream *s, size_t have, struct str *bytes, int64_t deadline);
void stream_consume(struct stream *s, size_t n);

/* Input that came and was not read yet; does not wait. Empty view: none. */
struct str stream_buffered(const struct stream *s);

/* Drops buffered input (STARTTLS). */
void stream_discard_input(struct stream *s);

/* Adds to the output; may send, and park until there is room. */
PARKS MUST_USE int stream_write(struct stream *s, struct str bytes, int64_t deadline);
PARKS MUST_USE int stream_printf(struct stream *s, int64_t deadline, const char *format, ...)
    PRINTF(3, 4);
/* Sends what waits and then `bytes` without copying them. */
PARKS MUST_USE int stream_write_through(struct stream *s, struct str bytes, int64_t deadline);
PARKS MUST_USE int stream_flush(struct stream *s, int64_t deadline);

/*
 * Sends what waits, and then the end of the stream; reading goes on. Error: also ERR_UNSUPPORTED.
 */
PARKS MUST_USE int stream_end_output(struct stream *s, int64_t deadline);

/* Sends a descriptor (not taken; kept open by the caller until the flush) with the next byte. */
PARKS MUST_USE int stream_write_fd(struct stream *s, int fd, int64_t deadline);
/* The oldest descriptor received; the caller owns it. -1: none. */
MUST_USE int stream_take_fd(struct stream *s);

#endif
