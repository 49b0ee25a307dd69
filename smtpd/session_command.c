/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One command: its line is read, perhaps replaced, judged, obeyed, counted and answered. The line is
 * a view of the stream's buffer, and gone once a command has read on.
 */
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "smtpd/commands.h"
#include "smtpd/dialogue.h"
#include "smtpd/session.h"

#define LONG_LINE_MAX     ((size_t)64 * 1024) /* of a line that is too long, read to find its end */
#define COMMANDS_PER_TURN 32

/* The rest of a line that is too long. 0: its end was found. */
PARKS static int
skip_line(struct session *s)
{
	size_t limit = (size_t)session_config_int(s, line_length_limit);
	int64_t deadline = session_deadline(s);
	int result = ERR_TOO_LONG;
	struct str piece;

	for (size_t n = 0; n < LONG_LINE_MAX && result == ERR_TOO_LONG; n += limit)
		result = stream_read_line(s->stream, limit, &piece, deadline);
	return result;
}

/* ERR_TOO_LONG: the line was too long, and is over. ERR_REFUSED: it does not end. */
PARKS static int
read_line(struct session *s, struct str *line)
{
	int result;

	result = stream_read_line(
	    s->stream, (size_t)session_config_int(s, line_length_limit), line, session_deadline(s));
	if (result == 0)
		dialogue_heard(s, *line);
	if (result != ERR_TOO_LONG)
		return result;
	result = skip_line(s);
	if (result == 0)
		return ERR_TOO_LONG;
	return result == ERR_TOO_LONG ? ERR_REFUSED : result;
}

/* Commands that are all there already would otherwise be answered without a single park. */
PARKS static int
let_others(struct session *s)
{
	return ++s->turns % COMMANDS_PER_TURN == 0 ? task_yield() : 0;
}

static bool
ends_in_bare_lf(struct str line)
{
	return line.n < 2 || line.p[line.n - 2] != '\r';
}

bool
session_is_ahead(const struct session *s, enum verb verb)
{
	const struct command_row *row = command_row(verb);

	return stream_buffered(s->stream).n != 0 && verb != VERB_UNKNOWN &&
	       (row->flags & COMMAND_CONTENT) == 0 &&
	       !(s->is_esmtp && (row->flags & COMMAND_LAST) == 0);
}

/*
 * A client that sends on where it must wait for an answer first does not read our replies, as
 * spammers do, or smuggles commands behind something else.
 */
static bool
is_refused_ahead(const struct session *s, const struct command *c)
{
	struct str more = stream_buffered(s->stream);
	AUTO(buf) client = BUF_INIT(SESSION_CLIENT_MAX);

	if (!session_is_ahead(s, c->verb) ||
	    !session_config_bool(s, smtpd_forbid_unauth_pipelining))
		return false;
	log_info("improper command pipelining after %s from %s: %.*s", verb_name(c->verb),
	    session_client(s, &client), STR_ARG(str_part(more, 0, 100)));
	return true;
}

static void
refuse_denied(const struct session *s, struct reply *r)
{
	reply_fill(r, REPLY_ACCESS_DENIED, str_of(s->peer->name), str_of(s->peer->address));
}

PARKS static void
act(struct session *s, const struct command *c, struct reply *r)
{
	const struct command_row *row = command_row(c->verb);

	if (is_refused_ahead(s, c)) {
		reply_set(r, REPLY_UNAUTH_PIPELINING);
		s->end = SESSION_REFUSED;
		return;
	}
	if (s->is_denied && c->verb != VERB_QUIT) {
		refuse_denied(s, r);
		if ((row->flags & COMMAND_CONTENT) != 0) /* what follows is no command */
			s->end = SESSION_REFUSED;
		return;
	}
	row->act(s, c, r);
	if ((row->flags & COMMAND_JUNK) != 0 &&
	    ++s->junk > (unsigned)session_config_int(s, smtpd_junk_command_limit))
		s->errors++;
}

/* Recipients over the limit are errors only when there are very many. */
static bool
is_excused(const struct session *s, const struct reply *r)
{
	return r->code == 452 && s->transaction.refused_count != 0 &&
	       s->transaction.refused_count <=
	           (uint32_t)session_config_int(s, smtpd_recipient_overshoot_limit);
}

/* Counts, replies. Nothing is said to a client that is gone. */
PARKS static void
conclude(struct session *s, enum verb verb, const struct reply *r)
{
	struct command_count *count = &s->counts[verb];

	count->all++;
	if (s->end == SESSION_LOST || s->end == SESSION_TIMEOUT || s->end == SESSION_CANCELLED)
		return;
	if (!reply_is_error(r))
		count->good++;
	else if (!is_excused(s, r))
		s->errors++;
	session_reply(s, r);
}

/*
 * smtpd_command_filter: another line may stand for this one, in *other. A table that cannot be asked
 * ends the session: what the client wants is not known.
 */
PARKS static int
filter_line(struct session *s, struct str *line, struct buf *other)
{
	struct str text = command_chomp(*line);
	struct why why = WHY_INIT;
	AUTO(buf) client = BUF_INIT(SESSION_CLIENT_MAX);
	int result;

	if (s->smtpd->command_filter.count == 0)
		return 0;
	result = table_list_find(
	    &s->smtpd->command_filter, text, other, run_deadline(SESSION_LOOKUP_TIME), &why);
	if (result < 0)
		log_warning("smtpd_command_filter: %s", why.text);
	if (result <= 0)
		return result;
	log_info("%s: replacing command \"%.*s\" with \"%.*s\"", session_client(s, &client),
	    STR_ARG(str_part(text, 0, 100)), STR_ARG(str_part(buf_str(other), 0, 100)));
	*line = buf_str(other);
	return 0;
}

PARKS static void
obey(struct session *s, struct str line, struct command *c, struct reply *r)
{
	AUTO(buf) other = BUF_INIT((size_t)session_config_int(s, line_length_limit));

	if (filter_line(s, &line, &other) < 0) {
		reply_fill(r, REPLY_DATA_ERROR, str_of(session_config_text(s, myhostname)));
		s->end = SESSION_REFUSED;
	} else if (command_parse(line, c) < 0) {
		reply_set(r, REPLY_BAD_SYNTAX);
		if (str_starts_nocase(line, STR("BDAT"))) /* a chunk follows, which is no command */
			s->end = SESSION_REFUSED;
	} else {
		s->after = verb_name(c->verb);
		s->after_bytes = 0;
		act(s, c, r);
	}
}

/* One line from the client, as it came. */
PARKS NOINLINE static void
answer(struct session *s, struct str line)
{
	struct command c = { .verb = VERB_UNKNOWN };
	bool bare_lf = ends_in_bare_lf(line);
	struct reply r;

	s->saw_bare_lf = s->saw_bare_lf || bare_lf;
	if (bare_lf && s->newline == DOT_NEWLINE_REJECT) {
		session_refuse_bare_lf(s, &r);
		s->end = SESSION_REFUSED;
	} else {
		obey(s, line, &c, &r);
	}
	conclude(s, c.verb, &r);
}

PARKS NOINLINE static void
answer_long_line(struct session *s)
{
	struct reply r;

	reply_set(&r, REPLY_LINE_TOO_LONG);
	conclude(s, VERB_UNKNOWN, &r);
}

void
session_serve_command(struct session *s)
{
	struct str line;
	int result;

	result = let_others(s);
	if (result == 0)
		result = read_line(s, &line);
	if (result == 0)
		answer(s, line);
	else if (result == ERR_TOO_LONG || result == ERR_REFUSED)
		answer_long_line(s);
	if (result < 0 && result != ERR_TOO_LONG)
		session_fail(s, result);
}
