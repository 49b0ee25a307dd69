/* SPDX-License-Identifier: BSD-2-Clause */
/* quit = "QUIT" CRLF. RFC 5321, section 4.1.1.10. */
#include "smtpd/commands.h"

void
cmd_quit(struct session *s, const struct command *c, struct reply *r)
{
	if (c->argument.n != 0) {
		reply_set(r, REPLY_QUIT_SYNTAX);
		return;
	}
	reply_set(r, REPLY_BYE);
	s->end = SESSION_ENDED;
}
