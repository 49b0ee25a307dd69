/* SPDX-License-Identifier: BSD-2-Clause */
/* Restrictions that go by nothing or by the client. */
#include "lib/access/restrict.h"
#include "lib/run/run.h"
#include "lib/run/task.h"

static int
code(const struct evaluation *e, enum param_id id)
{
	return (int)config_int(config_of(e), id);
}

enum answer
restrict_permit(struct evaluation *e, const struct rule *rule)
{
	return evaluation_permit(e, rule->text, e->subject, NULL);
}

enum answer
restrict_reject(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	return evaluation_reject(e, code(e, PARAM_reject_code), "5.7.1", STR("Access denied"));
}

enum answer
restrict_defer(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	return evaluation_reject(e, code(e, PARAM_defer_code), "4.3.2", STR("Try again later"));
}

enum answer
restrict_defer_if_permit(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	return evaluation_defer_if_permit(e, 450, "4.7.0", STR("defer_if_permit requested"));
}

enum answer
restrict_defer_if_reject(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	return evaluation_defer_if_reject(e, 450, "4.7.0", STR("defer_if_reject requested"));
}

enum answer
restrict_warn_if_reject(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	if (e->warn_depth == 0)
		e->warn_depth = e->depth;
	return ANSWER_NONE;
}

/* A session that must end finds that out where it waits for the client. */
enum answer
restrict_sleep(struct evaluation *e, const struct rule *rule)
{
	if (rule->seconds != 0 && !e->access->is_rehearsal &&
	    task_sleep(run_deadline(rule->seconds * TICKS_SECOND)) < 0)
		return ANSWER_NONE;
	return ANSWER_NONE;
}

enum answer
restrict_unauth_pipelining(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	if (!facts_of(e)->is_ahead)
		return ANSWER_NONE;
	return evaluation_reject(e, 503, "5.5.0", STR("Improper use of SMTP command pipelining"));
}

/* A report has one recipient: who sent the message. RFC 5321, section 3.6.3. */
enum answer
restrict_multi_recipient_bounce(struct evaluation *e, const struct rule *rule)
{
	const struct access_facts *f = facts_of(e);
	uint32_t count =
	    f->recipient_count + (e->stage == STAGE_RECIPIENT || e->stage == STAGE_RELAY ? 1 : 0);

	(void)rule;
	if (!f->has_sender || f->sender.n != 0 || count < 2)
		return ANSWER_NONE;
	return evaluation_reject(e, code(e, PARAM_multi_recipient_bounce_reject_code), "5.5.3",
	    STR("Multi-recipient bounce"));
}

enum answer
restrict_plaintext_session(struct evaluation *e, const struct rule *rule)
{
	(void)rule;
	if (facts_of(e)->is_encrypted)
		return ANSWER_NONE;
	return evaluation_refuse(
	    e, code(e, PARAM_plaintext_reject_code), "4.7.1", "Session encryption is required");
}

/* As with a policy server that does not answer. */
enum answer
restrict_policy_service(struct evaluation *e, const struct rule *rule)
{
	const char *action = config_text(config_of(e), PARAM_smtpd_policy_service_default_action);

	return action_apply(e, rule->text, e->subject.name, str_of(action));
}

static struct subject
client_of(const struct evaluation *e)
{
	return (struct subject){ str_of(e->client), SUBJECT_CLIENT };
}

enum answer
restrict_permit_inet_interfaces(struct evaluation *e, const struct rule *rule)
{
	if (!facts_of(e)->is_own_host)
		return ANSWER_NONE;
	return evaluation_permit(e, rule->text, client_of(e), NULL);
}

/* Who may be one of ours is not refused for good by what follows. */
enum answer
restrict_permit_mynetworks(struct evaluation *e, const struct rule *rule)
{
	if (facts_of(e)->in_mynetworks < 0)
		return evaluation_doubt(e);
	if (facts_of(e)->in_mynetworks == 0)
		return ANSWER_NONE;
	return evaluation_permit(e, rule->text, client_of(e), NULL);
}

enum answer
restrict_nothing(struct evaluation *e, const struct rule *rule)
{
	(void)e;
	(void)rule;
	return ANSWER_NONE;
}
