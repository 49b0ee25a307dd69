/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/dialogue.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

void
dialogue_begin(struct session *s)
{
	struct why why = WHY_INIT;
	int result;

	s->is_shown = log_has(LEVEL_DEBUG);
	if (s->is_shown)
		return;
	result = match_list_find_client(s->smtpd->debug_peers, str_of(s->peer->name),
	    str_of(s->peer->address), run_deadline(SESSION_LOOKUP_TIME), &why);
	if (result < 0)
		log_warning("debug_peer_list: %s", why.text);
	s->is_shown = result > 0;
}

static void
show(const struct session *s, char sign, struct str lines)
{
	AUTO(buf) words = BUF_INIT(SESSION_CLIENT_MAX);
	struct str line;

	while (s->is_shown && str_split(&lines, '\n', &line)) {
		if (line.n != 0)
			log_info("%c %s: %.*s", sign, session_client(s, &words),
			    STR_ARG(str_trim(line)));
		buf_clear(&words);
	}
}

void
dialogue_heard(const struct session *s, struct str line)
{
	show(s, '<', line);
}

void
dialogue_said(const struct session *s, struct str lines)
{
	show(s, '>', lines);
}
