/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_SERVER_H
#define LIB_TABLE_SERVER_H

#include "lib/base/str.h"
#include "lib/base/why.h"
#include "lib/io/stream.h"

/*
 * A server that answers look-ups, one after the other on a connection. Up to 32 connections are open
 * at a time; who needs one more waits. Those that are not in use are kept for 10 seconds. A question
 * has 30 seconds, all tries together.
 */
struct server;

/* address: "host:port", "[2001:db8::1]:port". NULL: why. */
struct server *server_open_inet(struct str address, struct why *why);
struct server *server_open_unix(struct str path, struct why *why);
void server_close(struct server *s); /* NULL is fine; nobody may be asking */

struct server_question {
	struct str request; /* as it is sent */
	struct buf *value;
	/* As table_find; what came is added to *value. After a failure the connection is closed. */
	PARKS int (*read_answer)(
	    struct stream *s, struct buf *value, int64_t deadline, struct why *why);
};

/*
 * Asks on a connection that is there or a new one; where that turns out to be broken, again on a new
 * one. Error: that of read_answer(), or of the connection, with words. Only in a task.
 */
PARKS MUST_USE int server_ask(
    struct server *s, const struct server_question *q, int64_t deadline, struct why *why);

#endif
