/* SPDX-License-Identifier: BSD-2-Clause */
/* help = "HELP" [ SP String ] CRLF. RFC 5321, section 4.1.1.8. */
#include "smtpd/commands.h"

/* What is switched off, or not for everybody. */
static bool
is_left_out(const struct session *s, enum verb v)
{
	return (v == VERB_VRFY && session_config_bool(s, disable_vrfy_command)) ||
	       v == VERB_XCLIENT || v == VERB_XFORWARD;
}

void
cmd_help(struct session *s, const struct command *c, struct reply *r)
{
	AUTO(buf) names = BUF_INIT(REPLY_TEXT_MAX);

	(void)c;
	for (enum verb v = 0; v < VERB_UNKNOWN; v++) {
		if (is_left_out(s, v))
			continue;
		if (buf_addf(&names, "%s%s", names.n != 0 ? " " : "", verb_name(v)) < 0)
			break;
	}
	reply_fill(r, REPLY_HELP, buf_str(&names));
}
