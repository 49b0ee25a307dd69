/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	vrfy = "VRFY" SP String [ SP "SMTPUTF8" ] CRLF
 * RFC 5321, section 4.1.1.6; RFC 6531, section 3.7.4.2. The answer is always "cannot verify, but try":
 * any other would tell strangers who is here (section 7.3). The transaction is not touched.
 */
#include "smtpd/client_limits.h"
#include "smtpd/commands.h"
#include "smtpd/mail_rcpt.h"

static bool
cut_smtputf8(struct str *argument)
{
	static const struct str word = STR_INIT(" SMTPUTF8");

	if (!str_ends_nocase(*argument, word))
		return false;
	*argument = str_trim(str_part(*argument, 0, argument->n - word.n));
	return true;
}

/* The string is an address, with or without angle brackets, or a local part alone. */
static enum reply_id
check(const struct session *s, struct str argument, struct arena *scratch)
{
	bool utf8 = (ehlo_extensions(s) & EXTENSION_SMTPUTF8) != 0 && cut_smtputf8(&argument);
	struct address a;

	if (session_config_bool(s, disable_vrfy_command))
		return REPLY_VRFY_DISABLED;
	if (argument.n == 0)
		return REPLY_VRFY_SYNTAX;
	if (argument.p[0] == '<' && argument.p[argument.n - 1] == '>')
		argument = str_part(argument, 1, argument.n - 2);
	if (address_parse(argument, scratch, &a) < 0 || address_is_null(&a))
		return REPLY_BAD_RECIPIENT;
	return a.utf8 && !utf8 ? REPLY_NEED_SMTPUTF8 : REPLY_NONE;
}

void
cmd_vrfy(struct session *s, const struct command *c, struct reply *r)
{
	AUTO(arena) scratch = ARENA_INIT(COMMAND_SCRATCH);
	enum reply_id id = check(s, c->argument, &scratch);

	if (id == REPLY_VRFY_SYNTAX)
		reply_fill(r, id,
		    (ehlo_extensions(s) & EXTENSION_SMTPUTF8) != 0 ? STR(" [SMTPUTF8]") : STR_NONE);
	else if (id != REPLY_NONE)
		reply_set(r, id);
	else if (client_limits_allow(s, CLIENT_RECIPIENTS, r))
		reply_fill(r, REPLY_VRFY_MAYBE, c->argument);
}
