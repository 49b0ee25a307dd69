/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands, and what the loop must know of each before it acts. */
#include "lib/base/bug.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "smtpd/commands.h"

static const struct command_row rows[] = {
	[VERB_HELO] = { COMMAND_LAST, cmd_helo },
	[VERB_EHLO] = { COMMAND_LAST, cmd_ehlo },
	[VERB_XCLIENT] = { COMMAND_LAST, cmd_xclient },
	[VERB_XFORWARD] = { 0, cmd_xforward },
	[VERB_MAIL] = { 0, cmd_mail },
	[VERB_RCPT] = { 0, cmd_rcpt },
	[VERB_DATA] = { COMMAND_LAST, cmd_data },
	[VERB_BDAT] = { COMMAND_CONTENT, cmd_bdat },
	[VERB_RSET] = { COMMAND_JUNK, cmd_rset },
	[VERB_NOOP] = { COMMAND_LAST | COMMAND_JUNK, cmd_noop },
	[VERB_VRFY] = { COMMAND_LAST | COMMAND_JUNK, cmd_vrfy },
	[VERB_QUIT] = { 0, cmd_quit },
	[VERB_HELP] = { COMMAND_JUNK, cmd_help },
	[VERB_UNKNOWN] = { 0, cmd_unknown },
};

const struct command_row *
command_row(enum verb verb)
{
	BUG_ON((size_t)verb >= ARRAY_LEN(rows) || rows[verb].act == NULL);
	return &rows[verb];
}
