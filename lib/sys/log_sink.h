/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_LOG_SINK_H
#define LIB_SYS_LOG_SINK_H

#include <stdbool.h>

#include "lib/base/buf.h"

/*
 * One place that log lines go to, for log.c only. Nothing here waits longer than a second for a
 * reader, and not again before that reader has read something.
 */
struct sink {
	int fd;
	bool is_syslog;
	bool is_json;
	bool is_socket;   /* to be written without waiting, though others may share it */
	bool stalled;     /* it took nothing when it was last waited for */
	const char *path; /* of syslog's socket */
	struct buf lines;
	uint64_t line_count;
	uint64_t lost;     /* lines since the last that got through */
	uint64_t reported; /* of them in a warning that waits in `lines` */
	int lost_why;
};

void sink_open(struct sink *s);
void sink_close(struct sink *s); /* the descriptor only where it is syslog's */

void sink_flush(struct sink *s);
void sink_note_lost(struct sink *s, uint64_t count, int why);

/* One datagram: "<priority>line". Reconnects where syslog was started anew. */
void sink_send(struct sink *s, int priority, struct str line);

#endif
