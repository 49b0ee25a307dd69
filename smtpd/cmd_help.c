/* SPDX-License-Identifier: BSD-2-Clause */
/* help = "HELP" [ SP String ] CRLF. RFC 5321, section 4.1.1.8. */
#include "smtpd/commands.h"

void
cmd_help(struct session *s, const struct command *c, struct reply *r)
{
	AUTO(buf) names = BUF_INIT(REPLY_TEXT_MAX);

	(void)c;
	for (enum verb v = 0; v < VERB_UNKNOWN; v++) {
		if (v == VERB_VRFY && session_config_bool(s, disable_vrfy_command))
			continue;
		if (buf_addf(&names, "%s%s", names.n != 0 ? " " : "", verb_name(v)) < 0)
			break;
	}
	reply_fill(r, REPLY_HELP, buf_str(&names));
}
