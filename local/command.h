/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_COMMAND_H
#define LOCAL_COMMAND_H

#include "local/mailbox.h"

/*
 * Gives one message to a command on its standard input, as whoever this process is. The command gets
 * descriptors 0, 1 and 2, the environment named and no other, and a process group of its own, which is
 * killed when the time is over.
 */
struct command_job {
	const char *command;
	const char
	    *shell; /* and its options; "": /bin/sh -c, and only where the command needs it */
	const char *folder;       /* where it starts */
	char *const *environment; /* up to NULL */
	int64_t time_limit;
	struct mailbox_job mail; /* sender, headers, arrival, content */
};

/*
 * The fate follows from exit status and output, as Postfix has it: sysexits, or a status code that the
 * output begins with. False: something of the command is left that still uses *job: this process must
 * end without touching it.
 */
PARKS bool command_run(const struct command_job *job, struct outcome *out);

/* *out from how it ended and what it said: "Command died with status 1: …". Pure. */
struct command_end {
	bool in_time;
	int status;
	int signal;        /* 0: it exited */
	struct str output; /* cleaned */
};
void command_judge(const char *command, const struct command_end *end, struct outcome *out);

/* True: words and blanks only, so that no shell is needed. */
bool command_is_simple(struct str command);

#endif
