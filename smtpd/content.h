/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_CONTENT_H
#define SMTPD_CONTENT_H

#include "lib/esmtp/dot.h"
#include "smtpd/session.h"
#include "smtpd/submission.h"

/*
 * The content of a message on its way from the client to cleanup: in one go behind DATA, or by BDAT
 * in chunks with other commands between them.
 */
struct content {
	struct session *session;
	struct message_submit envelope; /* borrows from session and transaction */
	struct submission submission;
	struct dot_reader dots;
	int64_t began;   /* this DATA, or this chunk */
	size_t received; /* bytes of it from the wire */
	size_t yielded;  /* of those, when others last had their turn */
	size_t size;     /* of the content */
	size_t size_max;
};

/* Of the session's transaction, which has recipients. */
void content_open(struct content *c, struct session *s);
void content_open_chunks(struct content *c, struct session *s);

/*
 * Reads behind DATA up to the end of data. 0: the end has come; *r is the verdict if it needs none
 * of cleanup (too big), else r->code is 0. Error: the session cannot go on: ERR_REFUSED after a line
 * end that is not allowed here (*r is set), ERR_TOO_LONG after much more than is taken (*r is set),
 * else what the stream said.
 */
PARKS MUST_USE int content_receive(struct content *c, struct reply *r);

/* Reads a chunk of n bytes; as above. */
PARKS MUST_USE int content_receive_chunk(struct content *c, uint64_t n, struct reply *r);

/* The content is whole: cleanup's verdict. */
PARKS void content_finish(struct content *c, struct reply *r);

PARKS void content_close(struct content *c); /* what is not finished is given up */

/*
 * Reads n bytes of a chunk that comes to nothing. Error: the session cannot go on: ERR_TOO_LONG (too
 * much was read for nothing), or what the stream said.
 */
PARKS MUST_USE int content_skip(struct session *s, uint64_t n);

#endif
