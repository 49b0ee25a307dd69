/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_STDIO_STREAM_H
#define SMTPD_STDIO_STREAM_H

#include "lib/io/stream.h"

/*
 * A stream over standard input and output, whatever they are: files, pipes, a terminal. They belong
 * to others too, so they stay blocking, and threads wait for them. There is no time limit: nobody
 * waits but the user who runs this.
 */
struct stdio {
	struct buf in, out; /* read and not taken; taken and not written */
	bool at_end;
};

void stdio_open(struct stdio *d, struct stream *s);
PARKS void stdio_close(struct stdio *d, struct stream *s); /* writes what is left */

#endif
