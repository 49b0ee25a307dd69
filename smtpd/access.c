/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the restrictions (lib/access) are told of a session, and what becomes of their notes. The facts
 * are views of the session's own memory, which changes with each command: they are set anew before
 * each question, and hold for that one.
 */
#include "smtpd/access.h"

#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "smtpd/commands.h"

/* How long a table may take before the answer is "not now". */
#define LOOKUP_TIMEOUT (100 * TICKS_SECOND)

int
access_find_client(struct smtpd *d, const struct smtpd_peer *p)
{
	struct why why = WHY_INIT;
	int result;

	result = match_list_find_client(
	    d->mynetworks, STR_NONE, str_of(p->address), run_deadline(LOOKUP_TIMEOUT), &why);
	if (result < 0)
		log_warning("mynetworks: %s", why.text);
	return result;
}

enum dot_newline
access_newline(struct smtpd *d, const struct smtpd_peer *p)
{
	struct why why = WHY_INIT;
	int result;

	if (d->newline == DOT_NEWLINE_NO)
		return DOT_NEWLINE_NO;
	result = match_list_find_client(d->bare_newline_exclusions, STR_NONE, str_of(p->address),
	    run_deadline(LOOKUP_TIMEOUT), &why);
	if (result < 0)
		log_warning("smtpd_forbid_bare_newline_exclusions: %s", why.text);
	return result > 0 ? DOT_NEWLINE_NO : d->newline;
}

bool
access_completes_headers(const struct session *s)
{
	return (s->smtpd->rewrite_own_hosts && s->peer->is_own_host) ||
	       (s->smtpd->rewrite_mynetworks && s->in_mynetworks > 0);
}

/* --- Questions ----------------------------------------------------------------------------- */

static void
see_note(void *context, const char *action, struct str words)
{
	session_log_access(context, action, words);
}

static void
see_warning(void *context, const char *words)
{
	(void)context;
	log_warning("%s", words);
}

void
access_begin(struct session *s)
{
	static const struct access_observer observer = { .note = see_note, .warn = see_warning };

	access_drop(&s->access);
	access_init(&s->access, s->smtpd->rules, &observer, s);
	s->in_mynetworks = access_find_client(s->smtpd, s->peer);
	s->newline = access_newline(s->smtpd, s->peer);
}

static void
set_client(struct session *s, const char *command)
{
	s->access.facts = (struct access_facts){
		.command = command,
		.client_name = str_of(s->peer->name),
		.reverse_name = str_of(s->peer->reverse),
		.client_address = str_of(s->peer->address),
		.is_own_host = s->peer->is_own_host,
		.in_mynetworks = s->in_mynetworks,
		.helo = buf_str(&s->helo),
	};
}

/* Where many recipients are concerned, none is named. */
static void
set_facts(struct session *s, const char *command)
{
	const struct transaction *t = &s->transaction;
	struct access_facts *f = &s->access.facts;

	set_client(s, command);
	if (!t->is_open)
		return;
	f->has_sender = true;
	f->sender = t->sender;
	f->sender_given = t->sender_given;
	f->recipient_count = t->recipient_count;
	f->has_recipient = t->recipient_count == 1;
	if (f->has_recipient)
		f->recipient = f->recipient_given = t->recipients[0].address;
}

bool
access_may_connect(struct session *s, struct reply *r)
{
	set_client(s, "CONNECT");
	return access_connect(&s->access, r);
}

bool
access_may_greet(struct session *s, enum verb verb, struct str name, struct reply *r)
{
	set_client(s, verb_name(verb));
	s->access.facts.helo = str_part(name, 0, SESSION_HELO_MAX);
	s->access.facts.is_ahead = session_is_ahead(s, verb);
	return access_helo(&s->access, r);
}

bool
access_may_send(struct session *s, struct reply *r)
{
	set_facts(s, verb_name(VERB_MAIL));
	s->access.facts.is_ahead = session_is_ahead(s, VERB_MAIL);
	return access_mail(&s->access, r);
}

bool
access_may_receive(struct session *s, struct str recipient, struct str given, struct reply *r)
{
	struct access_facts *f = &s->access.facts;

	set_facts(s, verb_name(VERB_RCPT));
	f->is_ahead = session_is_ahead(s, VERB_RCPT);
	f->has_recipient = true;
	f->recipient = recipient;
	f->recipient_given = given;
	return access_rcpt(&s->access, r);
}

bool
access_may_bring(struct session *s, enum verb verb, struct reply *r)
{
	set_facts(s, verb_name(verb));
	s->access.facts.is_ahead = session_is_ahead(s, verb);
	return access_data(&s->access, r);
}

bool
access_may_end(struct session *s, struct reply *r)
{
	set_facts(s, "END-OF-MESSAGE");
	return access_end_of_data(&s->access, r);
}
