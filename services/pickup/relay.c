/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each message has a connection to cleanup of its own: beside the process that sendmail(1) is, that
 * costs nothing, and the end of one cannot touch another. When cleanup cannot be reached, or goes
 * away, the verdict is temporary, and the client keeps the message.
 */
#include "services/pickup/pickup.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

#define ARENA_MAX ((size_t)256 * 1024 * 1024) /* an envelope of 100,000 recipients, twice */

static void
decide(struct relay *r, unsigned code, const char *dsn, const char *text)
{
	r->decided = true;
	verdict_set(&r->verdict, code, dsn, text);
}

/* --- Who may submit ------------------------------------------------------------------------ */

PARKS static bool
is_allowed(struct relay *r, uid_t uid)
{
	struct why why;
	int result =
	    account_list_has(&r->pickup->users, uid, run_deadline(r->pickup->timeout), &why);

	if (result > 0)
		return true;
	if (result == 0) {
		log_warning("user id %ld is not in authorized_submit_users", (long)uid);
		decide(r, 550, "5.7.1", "this account may not submit mail");
	} else {
		log_warning("%s", why.text);
		decide(r, 451, "4.3.0", "could not find out whether this account may submit mail");
	}
	return false;
}

/* 1, 0, or negative, with words: could not find out. */
PARKS static int
may_send_as(struct relay *r, uid_t uid, struct str sender, struct why *why)
{
	const struct login_senders *senders = r->pickup->senders;
	struct str login;
	int result;

	if (login_senders_allow_all(senders))
		return 1;
	result = account_find_name(uid, &r->arena, &login, why);
	if (result < 0)
		return result;
	return login_senders_find(senders, login, sender, run_deadline(r->pickup->timeout), why);
}

PARKS static void
check_sender(struct relay *r, uid_t uid)
{
	struct why why;
	int result = may_send_as(r, uid, r->envelope.sender, &why);

	if (result > 0)
		return;
	if (result == 0) {
		log_warning("user id %ld may not send as <%.*s> (local_login_sender_maps)",
		    (long)uid, STR_ARG(r->envelope.sender));
		decide(r, 550, "5.7.1", "this account may not use that sender address");
	} else {
		log_warning("%s", why.text);
		decide(r, 451, "4.3.0", "could not find out which sender addresses are allowed");
	}
}

/* --- The way to cleanup -------------------------------------------------------------------- */

static void
give_up(struct relay *r, const char *words)
{
	log_warning("cleanup service: %s", words);
	decide(r, 451, "4.3.0", "the mail system cannot take the message now");
}

PARKS static void
connect_cleanup(struct relay *r)
{
	int64_t deadline = run_deadline(r->pickup->timeout);
	struct why why;
	int result = r->pickup->open(r->pickup->context, &r->call, deadline, &why);

	r->is_away = result < 0;
	if (r->is_away) {
		give_up(r, why.text);
		return;
	}
	result = submit_call_begin(&r->call, &r->envelope, deadline);
	if (result < 0)
		give_up(r, err_text(result));
}

void
relay_begin(struct relay *r, const struct pickup *p, const struct message_submit *given, uid_t uid)
{
	*r = (struct relay){ .pickup = p };
	arena_init(&r->arena, ARENA_MAX);
	if (!is_allowed(r, uid))
		return;
	r->decided = envelope_complete(p, given, uid, &r->envelope, &r->verdict) < 0;
	if (!r->decided && r->envelope.previous_id.n == 0)
		check_sender(r, uid);
	if (!r->decided)
		connect_cleanup(r);
}

void
relay_end(struct relay *r)
{
	int result;

	if (r->decided)
		return;
	result = submit_call_end(&r->call, &r->verdict, run_deadline(r->pickup->timeout));
	if (result < 0)
		give_up(r, err_text(result));
	r->decided = true;
}

void
relay_content(struct relay *r, struct str bytes)
{
	int result;

	if (r->decided)
		return;
	result = submit_call_content(&r->call, bytes, run_deadline(r->pickup->timeout));
	if (result < 0)
		give_up(r, err_text(result));
	else if (result > 0)
		relay_end(r);
}

void
relay_drop(struct relay *r)
{
	submit_call_close(&r->call);
	arena_drop(&r->arena);
}
