/* SPDX-License-Identifier: BSD-2-Clause */
/* rset = "RSET" CRLF. RFC 5321, section 4.1.1.5. */
#include "smtpd/commands.h"

void
cmd_rset(struct session *s, const struct command *c, struct reply *r)
{
	if (c->argument.n != 0) {
		reply_set(r, REPLY_RSET_SYNTAX);
		return;
	}
	session_reset(s);
	reply_set(r, REPLY_OK);
}
