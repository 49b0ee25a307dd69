/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IPC_SUBMIT_CALL_H
#define LIB_IPC_SUBMIT_CALL_H

#include "lib/ipc/caller.h"

/*
 * One message handed to another of our processes, over a connection of its own: sendmail to pickup,
 * pickup to cleanup.
 *
 *	struct submit_call c;
 *
 *	result = submit_call_open(&c, "public/pickup", "sendmail", deadline, &why);
 *	if (result == 0)
 *		result = submit_call_begin(&c, &submit, deadline);
 *	while (result == 0 && …)
 *		result = submit_call_content(&c, bytes, deadline);
 *	if (result >= 0)
 *		result = submit_call_end(&c, &verdict, deadline);
 *	submit_call_close(&c);
 */
struct submit_call {
	struct caller caller;
	struct call call;
	bool is_open;
};

/* path: as connect_unix(). program: who we are, kept by pointer. Error, with words. */
PARKS MUST_USE int submit_call_open(struct submit_call *c, const char *path, const char *program,
    int64_t deadline, struct why *why);

/* For tests: over c->caller.channel.stream, which is open. */
PARKS MUST_USE int submit_call_open_stream(
    struct submit_call *c, const char *program, int64_t deadline, struct why *why);

PARKS MUST_USE int submit_call_begin(
    struct submit_call *c, const struct message_submit *m, int64_t deadline);

/* Any length. 1: the verdict is there already, and more content changes nothing. */
PARKS MUST_USE int submit_call_content(struct submit_call *c, struct str bytes, int64_t deadline);

/*
 * The content is whole: what became of it, borrowed until submit_call_close(). Error: the fate of
 * the message is not known. ERR_PROTOCOL: the answer is no verdict.
 */
PARKS MUST_USE int submit_call_end(
    struct submit_call *c, struct message_verdict *out, int64_t deadline);

/* Without submit_call_end() before it: nothing comes of the message. Safe to call twice. */
PARKS void submit_call_close(struct submit_call *c);

#endif
