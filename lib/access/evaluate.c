/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a list is applied: one restriction after the other, until one permits or refuses. Three things
 * make it more than that, and are as in Postfix, whose users count on them:
 *
 * - warn_if_reject turns what the next restriction, with all that it leads to, would refuse into a
 *   warning. What could not be found out is refused all the same.
 * - defer_if_permit keeps a reply to be given in place of a permission, in this stage or, since the
 *   message is the same, in a later one. The first reason counts.
 * - defer_if_reject keeps a reply to be given in place of a lasting refusal, in this list.
 */
#include "lib/access/evaluation.h"

#include "lib/base/bug.h"
#include "lib/base/mem.h"

#define WORDS_MAX ((size_t)2 * REPLY_TEXT_MAX)

/* --- Telling ------------------------------------------------------------------------------- */

void
evaluation_warn(struct evaluation *e, const char *format, ...)
{
	AUTO(buf) words = BUF_INIT(WORDS_MAX);
	va_list ap;

	va_start(ap, format);
	if (buf_addv(&words, format, ap) == 0)
		e->access->observer->warn(e->access->context, buf_text(&words));
	va_end(ap);
}

void
evaluation_note(struct evaluation *e, const char *action, const char *format, ...)
{
	AUTO(buf) words = BUF_INIT(WORDS_MAX);
	va_list ap;

	va_start(ap, format);
	if (buf_addv(&words, format, ap) == 0)
		e->access->observer->note(e->access->context, action, buf_str(&words));
	va_end(ap);
}

void
evaluation_trace(
    struct evaluation *e, struct table *t, struct str key, int result, const char *answer)
{
	AUTO(buf) text = BUF_INIT(key.n);
	struct access_step step = { .list = e->list->name,
		.position = e->position,
		.depth = e->depth,
		.table = table_name(t) };

	if (e->access->trail == NULL)
		return;
	BUG_ON(buf_add(&text, key) < 0);
	step.key = buf_text(&text);
	step.answer = result == 0 ? "not found" : answer;
	access_trail_add(e->access->trail, &step);
}

static void
trace_answer(struct evaluation *e, const struct rule *rule, enum answer answer)
{
	AUTO(buf) words = BUF_INIT(WORDS_MAX);
	struct access_step step = { .list = e->list->name,
		.position = e->position,
		.depth = e->depth,
		.rule = rule->text,
		.answer = "goes on" };

	if (e->access->trail == NULL)
		return;
	if (answer == ANSWER_PERMIT)
		step.answer = "permit";
	if (answer == ANSWER_REFUSE && buf_add(&words, STR("refuse: ")) == 0 &&
	    reply_words(e->reply, &words) == 0)
		step.answer = buf_text(&words);
	access_trail_add(e->access->trail, &step);
}

static void
note_reply(struct evaluation *e, const char *action, const struct reply *r)
{
	AUTO(buf) words = BUF_INIT(WORDS_MAX);

	if (reply_words(r, &words) == 0)
		evaluation_note(e, action, "%s", buf_text(&words));
}

/* --- Answers ------------------------------------------------------------------------------- */

/* Words of one line: each more would cost the room of a reply's codes. */
static void
make_reply(const struct evaluation *e, struct reply *r, int code, const char *dsn, struct str words)
{
	AUTO(buf) line = BUF_INIT(REPLY_TEXT_MAX);
	struct dsn given;

	BUG_ON(buf_add(&line, str_part(words, 0, REPLY_TEXT_MAX)) < 0);
	for (size_t i = 0; i < line.n; i++)
		line.p[i] = line.p[i] == '\n' ? '?' : line.p[i];
	if (code >= 500 && config_bool(config_of(e), PARAM_soft_bounce))
		code -= 100;
	reply_make(r, code, STR_NONE, buf_str(&line));
	if (dsn_parse(str_of(dsn), &given) == 0)
		r->dsn = dsn_with_class(&given, r->code);
}

static enum answer
refuse(struct evaluation *e, const struct reply *r)
{
	*e->reply = *r;
	if (e->if_refused != NULL && r->code >= 500)
		*e->reply = *e->if_refused;
	note_reply(e, "reject", e->reply);
	return ANSWER_REFUSE;
}

static enum answer
refuse_or_warn(struct evaluation *e, const struct reply *r)
{
	if (e->warn_depth == 0)
		return refuse(e, r);
	note_reply(e, "reject_warning", r);
	return ANSWER_NONE;
}

enum answer
evaluation_refuse(struct evaluation *e, int code, const char *dsn, const char *format, ...)
{
	AUTO(buf) words = BUF_INIT(WORDS_MAX);
	struct reply r;
	va_list ap;

	va_start(ap, format);
	if (buf_addv(&words, format, ap) < 0)
		buf_clear(&words);
	va_end(ap);
	make_reply(e, &r, code, dsn, buf_str(&words));
	return refuse_or_warn(e, &r);
}

/* "<x>: Client host rejected: words" */
static void
make_rejection(
    const struct evaluation *e, int code, const char *dsn, struct str words, struct reply *r)
{
	AUTO(buf) text = BUF_INIT(WORDS_MAX);

	if (buf_addf(&text, "<%.*s>: %s rejected: %.*s", STR_ARG(e->subject.name), e->subject.kind,
	        STR_ARG(str_part(words, 0, REPLY_TEXT_MAX))) < 0)
		BUG_ON(buf_addf(&text, "%s rejected", e->subject.kind) < 0);
	make_reply(e, r, code, dsn, buf_str(&text));
}

enum answer
evaluation_reject(struct evaluation *e, int code, const char *dsn, struct str words)
{
	struct reply r;

	make_rejection(e, code, dsn, words, &r);
	return refuse_or_warn(e, &r);
}

enum answer
evaluation_defer_if_permit(struct evaluation *e, int code, const char *dsn, struct str words)
{
	struct access *a = e->access;

	if (e->warn_depth != 0)
		return evaluation_reject(e, code, dsn, words);
	if (a->is_deferred)
		return ANSWER_NONE;
	if (a->instead == NULL)
		a->instead = NEW(struct reply);
	make_rejection(e, code, dsn, words, a->instead);
	a->is_deferred = true;
	return ANSWER_NONE;
}

enum answer
evaluation_defer_if_reject(struct evaluation *e, int code, const char *dsn, struct str words)
{
	if (e->if_refused == NULL) {
		e->if_refused = NEW(struct reply);
		make_rejection(e, code, dsn, words, e->if_refused);
	}
	return ANSWER_NONE;
}

enum answer
evaluation_doubt(struct evaluation *e)
{
	const struct access_facts *f = facts_of(e);

	if (e->if_refused == NULL) {
		e->if_refused = NEW(struct reply);
		reply_fill(e->if_refused, REPLY_ADDRESS_UNCHECKED,
		    f->has_recipient ? f->recipient_given : str_of(e->client));
	}
	return ANSWER_NONE;
}

enum answer
evaluation_fail(struct evaluation *e, struct str what, const char *words)
{
	struct reply r;

	evaluation_warn(e, "%s", words);
	reply_fill(&r, REPLY_ADDRESS_UNCHECKED, what);
	return refuse(e, &r);
}

enum answer
evaluation_blame(struct evaluation *e, const char *format, ...)
{
	AUTO(buf) words = BUF_INIT(WORDS_MAX);
	struct reply r;
	va_list ap;

	va_start(ap, format);
	if (buf_addv(&words, format, ap) == 0)
		evaluation_warn(e, "%s", buf_text(&words));
	va_end(ap);
	make_reply(e, &r, 451, "4.3.5", STR("Server configuration error"));
	return refuse(e, &r);
}

enum answer
evaluation_permit(struct evaluation *e, const char *action, struct subject about, const char *table)
{
	struct why why = WHY_INIT;
	int logged;

	if (e->access->is_deferred) /* overruled in the end: not what was decided */
		return ANSWER_PERMIT;
	logged =
	    match_list_find(e->access->rules->logged_permits, str_of(action), e->deadline, &why);
	if (logged < 0)
		evaluation_warn(e, "smtpd_log_access_permit_actions: %s", why.text);
	if (logged > 0)
		evaluation_note(e, "permit", "action=%s for %s=%.*s%s%s", action, about.kind,
		    STR_ARG(about.name), table != NULL ? " from " : "", table != NULL ? table : "");
	return ANSWER_PERMIT;
}

/* --- A list -------------------------------------------------------------------------------- */

PARKS static enum answer
apply(struct evaluation *e, const struct rule *rule)
{
	const struct restriction *kind = rule->kind;

	if (rule->class_ != NULL)
		return evaluation_run(e, rule->class_);
	if (kind == NULL)
		kind = e->default_access;
	if (kind == NULL)
		return evaluation_blame(e,
		    "%s: before the table %s must stand what is looked up, as in "
		    "check_client_access",
		    e->list->name, rule->text);
	return kind->act(e, rule);
}

/* Nothing more is to be found out: whichever way the rest goes, the reply is a deferral. */
static bool
is_settled(const struct evaluation *e)
{
	return e->access->is_discarded || (e->access->is_deferred && e->if_refused != NULL);
}

PARKS static enum answer
run_rules(struct evaluation *e, const struct rule_list *list)
{
	enum answer answer = ANSWER_NONE;

	for (size_t i = 0; i < list->count && answer == ANSWER_NONE && !is_settled(e); i++) {
		const struct rule *rule = &list->rules[i];

		e->list = list;
		e->position = (unsigned)i + 1;
		answer = apply(e, rule);
		e->list = list;
		e->position = (unsigned)i + 1;
		trace_answer(e, rule, answer);
		if (e->warn_depth >= e->depth &&
		    (rule->kind == NULL || (rule->kind->flags & RESTRICTION_WARNS) == 0))
			e->warn_depth = 0;
	}
	return answer;
}

enum answer
evaluation_run(struct evaluation *e, const struct rule_list *list)
{
	const struct rule_list *above = e->list;
	unsigned position = e->position;
	enum answer answer;

	e->list = list;
	if (e->depth == EVALUATION_DEPTH_MAX)
		return evaluation_blame(e, "%s causes unreasonable recursion", list->name);
	e->depth++;
	answer = run_rules(e, list);
	e->depth--;
	e->list = above;
	e->position = position;
	return answer;
}
