/* SPDX-License-Identifier: BSD-2-Clause */
/* noop = "NOOP" [ SP String ] CRLF. RFC 5321, section 4.1.1.9: the string has no meaning. */
#include "smtpd/commands.h"

void
cmd_noop(struct session *s, const struct command *c, struct reply *r)
{
	(void)s;
	(void)c;
	reply_set(r, REPLY_OK);
}
