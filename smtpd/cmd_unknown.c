/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is no command of SMTP. Some of it comes from something that is no mail client at all, like a
 * browser made to speak to us: then the session ends before the rest of what it sends is taken for
 * commands. A header ("Subject:") shows that content is being sent where commands should be.
 */
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "smtpd/commands.h"

PARKS static bool
is_in(struct match_list *l, const char *parameter, struct str name)
{
	struct why why = WHY_INIT;
	int result = match_list_find(l, name, run_deadline(SESSION_LOOKUP_TIME), &why);

	if (result < 0)
		log_warning("%s: %s", parameter, why.text);
	return result > 0;
}

void
cmd_unknown(struct session *s, const struct command *c, struct reply *r)
{
	AUTO(buf) client = BUF_INIT(SESSION_CLIENT_MAX);
	bool is_header = c->name.p[c->name.n - 1] == ':';

	if (is_in(s->smtpd->noop_commands, "smtpd_noop_commands", c->name)) {
		reply_set(r, REPLY_OK);
		return;
	}
	if (!is_header &&
	    !is_in(s->smtpd->forbidden_commands, "smtpd_forbidden_commands", c->name)) {
		reply_set(r, REPLY_UNKNOWN_COMMAND);
		return;
	}
	log_warning("non-SMTP command from %s: %.*s %.*s", session_client(s, &client),
	    STR_ARG(str_part(c->name, 0, 100)), STR_ARG(str_part(c->argument, 0, 100)));
	reply_set(r, REPLY_NOT_SMTP);
	s->end = SESSION_REFUSED;
}
