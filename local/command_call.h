/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_COMMAND_CALL_H
#define LOCAL_COMMAND_CALL_H

#include "lib/config/config.h"
#include "local/request.h"
#include "local/rights.h"

/* What main.cf says of commands that get mail. */
struct command_rules {
	const char *shell;  /* local_command_shell */
	const char *folder; /* command_execution_directory */
	const char *folder_filter;
	const char *filter;          /* command_expansion_filter: what values may hold */
	struct config_list exported; /* export_environment */
	const char *delimiters;
	int64_t time_limit;
};

void command_rules_open(struct command_rules *r, const struct config *c);

struct command_call {
	const char *command;
	const struct rights *rights; /* whoever runs it; never root */
	struct str recipient;        /* internal form, like these */
	struct str original;
	struct str sender;
	struct str headers;
};

/* Has the message given to a command. Whatever happens, *out says it. */
PARKS void command_call(const struct command_rules *r, const struct request *q,
    const struct command_call *c, struct outcome *out);

/* The environment of a command: name=value, in the arena; how many. */
MUST_USE uint32_t command_environment(const struct command_rules *r, const struct request *q,
    const struct command_call *c, struct arena *a, struct message_line **out);

#endif
