/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stages of a session, in Postfix's order and with its ways:
 *
 *	connect, helo, mail	their list; with smtpd_delay_reject nothing, until rcpt
 *	rcpt			what was delayed, then relay and recipient lists, then what was
 *				deferred instead of permitted, then whether there is such a recipient
 *	data, end of data	their list; what recipients were deferred for is past
 *
 * A permission ends one list, not the stage: what smtpd_relay_restrictions lets pass is still judged
 * by smtpd_recipient_restrictions.
 */
#include "lib/access/access.h"

#include "lib/access/restrict.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"

#define LOOKUP_TIMEOUT (100 * TICKS_SECOND) /* until the answer is "not now" */
#define ACTIONS_BYTES  ((size_t)512 * 1024)

void
access_init(struct access *a, const struct access_rules *rules,
    const struct access_observer *observer, void *context)
{
	*a = (struct access){ .rules = rules, .observer = observer, .context = context };
	arena_init(&a->actions_arena, ACTIONS_BYTES);
}

void
access_drop(struct access *a)
{
	access_reset(a);
	mem_free(a->instead);
	a->instead = NULL;
}

void
access_reset(struct access *a)
{
	arena_drop(&a->actions_arena);
	a->actions = NULL;
	a->action_count = 0;
	a->is_discarded = false;
	a->is_deferred = a->after_sender = a->after_helo;
}

/* --- One list ------------------------------------------------------------------------------ */

static void
evaluation_init(struct evaluation *e, struct access *a, enum access_stage stage, struct reply *r)
{
	const struct access_facts *f = &a->facts;
	AUTO(buf) client = BUF_INIT(CLIENT_TEXT_MAX - 1);

	*e = (struct evaluation){
		.access = a,
		.stage = stage,
		.default_access = rules_default_access(stage),
		.deadline = run_deadline(LOOKUP_TIMEOUT),
		.reply = r,
		.list = &a->rules->lists[stage],
	};
	if (buf_addf(&client, "%.*s[%.*s]", STR_ARG(f->client_name), STR_ARG(f->client_address)) ==
	    0)
		memcpy(e->client, buf_text(&client), client.n + 1);
}

static void
evaluation_drop(struct evaluation *e)
{
	mem_free(e->if_refused);
}

/* What restrictions of a list are about that look at nothing more exact. */
static struct subject
subject_of(const struct evaluation *e)
{
	const struct access_facts *f = facts_of(e);
	const struct subject rows[STAGE_COUNT] = {
		[STAGE_CLIENT] = { str_of(e->client), SUBJECT_CLIENT },
		[STAGE_HELO] = { f->helo, SUBJECT_HELO },
		[STAGE_SENDER] = { f->sender_given, SUBJECT_SENDER },
		[STAGE_RELAY] = { f->recipient_given, SUBJECT_RECIPIENT },
		[STAGE_RECIPIENT] = { f->recipient_given, SUBJECT_RECIPIENT },
		[STAGE_DATA] = { STR("DATA"), SUBJECT_DATA },
		[STAGE_END_OF_DATA] = { STR("END-OF-MESSAGE"), SUBJECT_END_OF_DATA },
		[STAGE_ETRN] = { f->etrn_domain, SUBJECT_ETRN },
	};

	return rows[e->stage];
}

/* A list alone. False: *r refuses. */
PARKS NOINLINE static bool
judge(struct access *a, enum access_stage stage, struct reply *r)
{
	struct evaluation e;
	enum answer answer;

	if (a->rules->lists[stage].count == 0)
		return true;
	evaluation_init(&e, a, stage, r);
	e.subject = subject_of(&e);
	answer = evaluation_run(&e, e.list);
	evaluation_drop(&e);
	return answer != ANSWER_REFUSE;
}

/* A check that a parameter asks for beside the lists. */
PARKS NOINLINE static bool
judge_unlisted(struct access *a, enum access_stage stage, const char *name, struct reply *r)
{
	struct rule rule = { .kind = restriction_find(str_of(name)), .text = name };
	const struct rule_list list = {
		.name = stage == STAGE_SENDER ? "smtpd_reject_unlisted_sender"
		                              : "smtpd_reject_unlisted_recipient",
		.rules = &rule,
		.count = 1,
	};
	struct evaluation e;
	enum answer answer;

	evaluation_init(&e, a, stage, r);
	e.subject = subject_of(&e);
	answer = evaluation_run(&e, &list);
	evaluation_drop(&e);
	return answer != ANSWER_REFUSE;
}

/* What is said in place of a permission. */
static bool
judge_deferred(struct access *a, struct reply *r)
{
	AUTO(buf) words = BUF_INIT((size_t)2 * REPLY_TEXT_MAX);

	if (!a->is_deferred)
		return true;
	*r = *a->instead;
	if (reply_words(r, &words) == 0)
		a->observer->note(a->context, "reject", buf_str(&words));
	return false;
}

/* --- Stages -------------------------------------------------------------------------------- */

PARKS static bool
judge_client(struct access *a, struct reply *r)
{
	bool passes;

	a->is_deferred = false;
	passes = judge(a, STAGE_CLIENT, r);
	a->after_client = a->is_deferred;
	return passes;
}

PARKS static bool
judge_helo(struct access *a, struct reply *r)
{
	bool passes = true;

	a->is_deferred = a->after_client;
	if (a->facts.helo.n != 0)
		passes = judge(a, STAGE_HELO, r);
	a->after_helo = a->is_deferred;
	return passes;
}

PARKS static bool
judge_sender(struct access *a, struct reply *r)
{
	bool passes = true;

	a->has_checked_sender = false;
	a->is_deferred = a->after_helo;
	if (a->facts.has_sender)
		passes = judge(a, STAGE_SENDER, r);
	a->after_sender = a->is_deferred;
	if (passes && !a->is_discarded && a->facts.has_sender &&
	    config_bool(a->rules->config, PARAM_smtpd_reject_unlisted_sender))
		passes = judge_unlisted(a, STAGE_SENDER, "reject_unlisted_sender", r);
	return passes;
}

bool
access_connect(struct access *a, struct reply *r)
{
	return a->rules->is_delayed || judge_client(a, r);
}

bool
access_helo(struct access *a, struct reply *r)
{
	return a->rules->is_delayed || judge_helo(a, r);
}

bool
access_mail(struct access *a, struct reply *r)
{
	return a->rules->is_delayed || judge_sender(a, r);
}

PARKS static bool
judge_recipient(struct access *a, struct reply *r)
{
	static const enum access_stage orders[][2] = {
		{ STAGE_RECIPIENT, STAGE_RELAY },
		{ STAGE_RELAY, STAGE_RECIPIENT },
	};
	bool relay_first =
	    config_bool(a->rules->config, PARAM_smtpd_relay_before_recipient_restrictions);
	const enum access_stage *order = orders[relay_first];

	a->is_deferred = a->after_sender;
	return judge(a, order[0], r) && judge(a, order[1], r) && judge_deferred(a, r);
}

bool
access_rcpt(struct access *a, struct reply *r)
{
	a->has_checked_recipient = false;
	if (a->rules->is_delayed && !(judge_client(a, r) && judge_helo(a, r) && judge_sender(a, r)))
		return false;
	if (!judge_recipient(a, r))
		return false;
	return a->is_discarded || !a->rules->asks_for_recipients ||
	       judge_unlisted(a, STAGE_RECIPIENT, "reject_unlisted_recipient", r);
}

/* What a recipient that was refused was deferred for does not concern the others. */
PARKS static bool
judge_message(struct access *a, enum access_stage stage, struct reply *r)
{
	a->is_deferred = false;
	return judge(a, stage, r) && judge_deferred(a, r);
}

bool
access_data(struct access *a, struct reply *r)
{
	return judge_message(a, STAGE_DATA, r);
}

bool
access_end_of_data(struct access *a, struct reply *r)
{
	return judge_message(a, STAGE_END_OF_DATA, r);
}

bool
access_etrn(struct access *a, struct reply *r)
{
	a->is_deferred = false;
	return (!a->rules->is_delayed || (judge_client(a, r) && judge_helo(a, r))) &&
	       judge(a, STAGE_ETRN, r) && judge_deferred(a, r);
}
