/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_COMMANDS_H
#define SMTPD_COMMANDS_H

#include "smtpd/session.h"

/*
 * The commands, a file each (cmd_NAME.c). A check looks at state and grammar only, changes nothing
 * and answers which reply refuses the command, or REPLY_NONE; the acting function runs the check,
 * does the work and sets the reply. The command is borrowed from the line.
 */
enum command_flag {               /* bits */
	COMMAND_LAST = 1 << 0,    /* must be the last of a pipelined group; RFC 2920, section 3.1 */
	COMMAND_JUNK = 1 << 1,    /* does no work: too many of it are errors */
	COMMAND_CONTENT = 1 << 2, /* brings content behind its line */
};

struct command_row {
	unsigned flags;
	PARKS void (*act)(struct session *s, const struct command *c, struct reply *r);
};

const struct command_row *command_row(enum verb verb);

/* For the reading of one command: more than any line (line_length_limit, 64 KiB at most) can need. */
#define COMMAND_SCRATCH ((size_t)1024 * 1024)

PARKS void cmd_helo(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_ehlo(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_xclient(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_xforward(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_mail(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_rcpt(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_data(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_bdat(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_rset(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_noop(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_vrfy(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_help(struct session *s, const struct command *c, struct reply *r);
PARKS void cmd_quit(struct session *s, const struct command *c, struct reply *r);

/* What is no command of ours. */
PARKS void cmd_unknown(struct session *s, const struct command *c, struct reply *r);

/* What they take, as EHLO says it behind their keywords. */
extern const char xclient_attributes[], xforward_attributes[];

/* The extensions that the last EHLO offered: EXTENSION_ bits for the readers of parameters. */
unsigned ehlo_extensions(const struct session *s);

#endif
