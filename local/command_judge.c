/* SPDX-License-Identifier: BSD-2-Clause */
/* The words are Postfix's: log readers and people know them. */
#include <sysexits.h>

#include "lib/mail/dsn.h"
#include "local/command.h"

struct exit_meaning {
	int status;
	const char *dsn;
	const char *text;
};

static const struct exit_meaning meanings[] = {
	{ EX_USAGE, "5.3.0", "command line usage error" },
	{ EX_DATAERR, "5.6.0", "data format error" },
	{ EX_NOINPUT, "5.3.0", "cannot open input" },
	{ EX_NOUSER, "5.1.1", "user unknown" },
	{ EX_NOHOST, "5.1.2", "host name unknown" },
	{ EX_UNAVAILABLE, "5.3.0", "service unavailable" },
	{ EX_SOFTWARE, "5.3.0", "internal software error" },
	{ EX_OSERR, "4.3.0", "system resource problem" },
	{ EX_OSFILE, "5.3.0", "critical OS file missing" },
	{ EX_CANTCREAT, "5.2.0", "can't create user output file" },
	{ EX_IOERR, "5.3.0", "input/output error" },
	{ EX_TEMPFAIL, "4.3.0", "temporary failure" },
	{ EX_PROTOCOL, "5.5.0", "remote error in protocol" },
	{ EX_NOPERM, "5.7.0", "permission denied" },
	{ EX_CONFIG, "5.3.5", "local configuration error" },
};

static const struct exit_meaning *
find_meaning(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		if (meanings[i].status == status)
			return &meanings[i];
	}
	return NULL;
}

/* True: the output begins with a code that means a failure, and says it all. */
static bool
judge_by_output(struct str output, struct outcome *out)
{
	struct dsn dsn;

	if (!dsn_take(&output, &dsn) || dsn_class(&dsn) == 2)
		return false;
	outcome_set(out, dsn.text, "%.*s", STR_ARG(output));
	return true;
}

void
command_judge(const char *command, const struct command_end *end, struct outcome *out)
{
	const struct exit_meaning *meaning = find_meaning(end->status);
	const char *between = end->output.n != 0 ? ". Command output: " : "";

	if (!end->in_time)
		outcome_set(out, "5.3.0", "Command time limit exceeded: \"%s\"%s%.*s", command,
		    between, STR_ARG(end->output));
	else if (end->signal != 0)
		outcome_set(out, "4.3.0", "Command died with signal %d: \"%s\"%s%.*s", end->signal,
		    command, between, STR_ARG(end->output));
	else if (end->status == 0)
		outcome_set(out, "2.0.0", "delivered to command: %s", command);
	else if (judge_by_output(end->output, out))
		return;
	else if (meaning != NULL)
		outcome_set(
		    out, meaning->dsn, "%s%s%.*s", meaning->text, between, STR_ARG(end->output));
	else
		outcome_set(out, "5.3.0", "Command died with status %d: \"%s\"%s%.*s", end->status,
		    command, between, STR_ARG(end->output));
}

bool
command_is_simple(struct str command)
{
	static const struct str plain = { "!@%-_=+:,./ \t\n", 14 };
	struct str trimmed = str_trim(command);

	for (size_t i = 0; i < trimmed.n; i++) {
		if (!char_is_alnum(trimmed.p[i]) && str_index(plain, trimmed.p[i]) == plain.n)
			return false;
	}
	return trimmed.n != 0;
}
