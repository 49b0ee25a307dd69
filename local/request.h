/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_REQUEST_H
#define LOCAL_REQUEST_H

#include "lib/base/arena.h"
#include "lib/ipc/message.h"
#include "local/content.h"
#include "local/outcome.h"

/* One message of the queue manager's, to be delivered to some recipients; a copy of the frame. */
struct request {
	struct arena arena;
	uint32_t number; /* of the request on its channel */
	struct message_deliver deliver;
	struct content content;
	int64_t start;            /* wall ticks: when it came */
	struct outcome *outcomes; /* one for each recipient */
};

/* Takes fd: of the content; -1: none. NULL: the frame is damaged, and fd closed. */
struct request *request_new(const struct frame *f, int fd, int64_t now);
void request_free(struct request *q);

/*
 * Logs what became of one recipient. orig_to: as first given; shown where it differs.
 * relay: the program's name.
 */
void request_log(const struct request *q, const char *relay, struct str to, struct str orig_to,
    const struct outcome *o);

#endif
