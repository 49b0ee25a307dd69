/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to access control, answered by the configuration as it is, in this process; no mail
 * system need run. The audit looks into tables, whose files others may have made: as root it is done
 * by a process of its own that has become $network_owner, as smtpd would.
 */
#include "tools/postroad.h"

#include <stdio.h>
#include <sysexits.h>

#include "lib/access/audit.h"
#include "lib/access/rehearsal.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/config/check.h"
#include "lib/run/run.h"
#include "lib/service/accounts.h"
#include "lib/service/command.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"

#define REFUSED     1 /* exit status of ask */
#define ANSWER_MAX  ((size_t)16 * 1024 * 1024)
#define CANNOT_TELL EX_UNAVAILABLE

/* --- The audit ------------------------------------------------------------------------------- */

static void
become_network_owner(struct context *x)
{
	struct accounts accounts;
	struct identity who = { .uid = 0 };
	gid_t *groups = NULL;
	struct why why = WHY_INIT;
	int result = accounts_find(x->config, &x->arena, &accounts, &why);
	int count;

	if (result < 0)
		command_fail(CANNOT_TELL, "%s", why.text);
	if (!accounts.as_root)
		return;
	count = user_groups(&x->arena, accounts.network.name, accounts.network.gid, &groups);
	if (count < 0)
		command_fail(CANNOT_TELL, "cannot look up the groups of %s: %s",
		    accounts.network.name, err_text(count));
	who =
	    (struct identity){ accounts.network.uid, accounts.network.gid, groups, (size_t)count };
	if (sys_become(&who, &why) < 0)
		command_fail(CANNOT_TELL, "%s", why.text);
}

PARKS static void
audit(void *arg)
{
	struct context *x = arg;
	struct why why = WHY_INIT;
	struct rehearsal r;
	int result = rehearsal_open(&r, x->config, command_report, NULL, &why);

	if (result == 0) {
		rehearsal_close(&r);
		result = relay_audit(x->config, &why);
	}
	if (result == ERR_SYNTAX || result == ERR_REFUSED)
		command_fail(EX_CONFIG, "%s", why.text);
	if (result < 0)
		command_fail(CANNOT_TELL, "%s", why.text);
}

static void
run(PARKS void (*fn)(void *), void *arg)
{
	int result = run_init(&(struct run_options){ .simulated = false });

	if (result == 0)
		result = run_main(fn, arg);
	if (result < 0)
		command_fail(EX_OSERR, "cannot run: %s", err_text(result));
	run_drop();
}

int
audit_access(struct context *x)
{
	need_config(x);
	become_network_owner(x);
	run(audit, x);
	return EX_OK;
}

int
check_access(struct context *x)
{
	static const int fds[] = { 0, 1, 2 };
	char *argv[] = { arena_text(&x->arena, STR("postroad")), arena_text(&x->arena, STR("-c")),
		arena_text(&x->arena, str_of(x->directory)), arena_text(&x->arena, STR("audit")),
		NULL };
	const struct spawn s = { "/proc/self/exe", argv, sys_environment_all(), fds,
		ARRAY_LEN(fds) };
	struct process_end end;
	pid_t pid;
	int result = sys_spawn(&s, &pid);

	if (result == 0)
		result = sys_wait(pid, &end);
	if (result < 0 || end.signal != 0 || (end.status != EX_OK && end.status != EX_CONFIG)) {
		command_warn("it could not be found out whether strangers may relay");
		return EX_OK;
	}
	return end.status;
}

/* --- Asking ---------------------------------------------------------------------------------- */

struct asking {
	const struct context *context;
	struct rehearsal_question question;
	struct buf answer; /* what is printed */
	int status;
};

NORETURN static void
show_ask_usage(void)
{
	command_fail(EX_USAGE,
	    "usage: postroad ask --client address [--name host] [--helo name] [--from address] "
	    "--rcpt address [--stage connect | helo | mail | rcpt | data | end] [--json]");
}

static enum rehearsal_stage
stage_of(const char *word)
{
	static const char *const stages[] = { "connect", "helo", "mail", "rcpt", "data", "end" };

	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		if (strcmp(stages[i], word) == 0)
			return (enum rehearsal_stage)i;
	}
	show_ask_usage();
}

static void
take_option(struct rehearsal_question *q, const char *option, const char *value)
{
	const struct {
		const char *option;
		const char **value;
	} rows[] = {
		{ "--client", &q->client },
		{ "--name", &q->name },
		{ "--helo", &q->helo },
		{ "--from", &q->sender },
		{ "--rcpt", &q->recipient },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].option, option) == 0) {
			*rows[i].value = value;
			return;
		}
	}
	if (strcmp(option, "--stage") != 0)
		show_ask_usage();
	q->last = stage_of(value);
}

static void
take_options(struct context *x, struct rehearsal_question *q)
{
	for (char *const *word = x->words; *word != NULL; word++) {
		if (strcmp(*word, "--json") == 0) {
			x->json = true;
			continue;
		}
		if (word[1] == NULL)
			show_ask_usage();
		take_option(q, word[0], word[1]);
		word++;
	}
	if (q->client == NULL || (q->recipient == NULL && q->last >= REHEARSAL_RCPT))
		show_ask_usage();
}

PRINTF(2, 3)
static void
add(struct asking *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (buf_addv(&a->answer, format, ap) < 0)
		command_fail(EX_SOFTWARE, "the answer is too long");
	va_end(ap);
}

/* ,"name":"text" */
static void
add_member(struct asking *a, const char *name, const char *text)
{
	if (text == NULL)
		return;
	add(a, ",\"%s\":", name);
	if (json_add_text(str_of(text), &a->answer) < 0)
		command_fail(EX_SOFTWARE, "the answer is too long");
}

static void
add_step(struct asking *a, const struct access_step *s)
{
	add(a, "%*s%s, %u: ", (int)(s->depth - 1) * 2, "", s->list, s->position);
	if (s->table != NULL)
		add(a, "%s has for \"%s\": %s\n", s->table, s->key, s->answer);
	else
		add(a, "%s: %s\n", s->rule, s->answer);
}

static void
add_step_json(struct asking *a, const struct access_step *s, bool is_first)
{
	add(a, "%s{\"position\":%u,\"depth\":%u", is_first ? "" : ",", s->position, s->depth);
	add_member(a, "list", s->list);
	add_member(a, "rule", s->rule);
	add_member(a, "table", s->table);
	add_member(a, "key", s->key);
	add_member(a, "answer", s->answer);
	add(a, "}");
}

static void
add_steps(struct asking *a, const struct access_trail *t)
{
	if (a->context->json)
		add(a, "{\"steps\":[");
	for (size_t i = 0; i < t->count; i++) {
		if (a->context->json)
			add_step_json(a, &t->steps[i], i == 0);
		else
			add_step(a, &t->steps[i]);
	}
	if (a->context->json)
		add(a, "],\"is_cut\":%s", t->is_cut ? "true" : "false");
	else if (t->is_cut)
		add(a, "(more steps are not shown)\n");
}

/* The list of main.cf that the last step of the trail is about, and where that is set. */
static void
add_origin(struct asking *a, const struct access_trail *t)
{
	const struct settings *settings = config_settings(a->context->config);
	const struct access_step *last = t->count != 0 ? &t->steps[t->count - 1] : NULL;
	struct setting *list = NULL;
	struct why where = WHY_INIT;

	if (last != NULL)
		list = settings_find(settings, str_of(last->list));
	if (list == NULL)
		return;
	settings_where(list, &where);
	if (a->context->json)
		add_member(a, "where", where.text);
	else
		add(a, "%s: %s\n", last->list, where.text);
}

static void
add_verdict(struct asking *a, bool passes, const struct reply *reply)
{
	AUTO(buf) words = BUF_INIT((size_t)2 * REPLY_TEXT_MAX);
	const char *verdict = passes ? "permit" : "refuse";

	if (!passes && reply_words(reply, &words) < 0)
		buf_clear(&words);
	if (a->context->json) {
		add_member(a, "verdict", verdict);
		add_member(a, "reply", passes ? NULL : buf_text(&words));
		add(a, "}\n");
	} else {
		add(a, "verdict: %s%s%s\n", verdict, passes ? "" : ": ", buf_text(&words));
	}
}

PARKS static void
ask(void *arg)
{
	struct asking *a = arg;
	struct access_trail trail;
	struct why why = WHY_INIT;
	struct rehearsal r;
	struct reply reply;
	bool passes;

	if (rehearsal_open(&r, a->context->config, command_report, NULL, &why) < 0)
		command_fail(EX_CONFIG, "%s", why.text);
	access_trail_init(&trail);
	passes = rehearsal_ask(&r, &a->question, &trail, &reply);
	add_steps(a, &trail);
	add_origin(a, &trail);
	add_verdict(a, passes, &reply);
	a->status = passes ? EX_OK : REFUSED;
	access_trail_drop(&trail);
	rehearsal_close(&r);
}

int
ask_access(struct context *x)
{
	struct asking a = { .context = x, .answer = BUF_INIT(ANSWER_MAX) };

	a.question =
	    (struct rehearsal_question){ .name = "unknown", .sender = "", .last = REHEARSAL_RCPT };
	take_options(x, &a.question);
	need_config(x);
	run(ask, &a);
	command_print(buf_str(&a.answer));
	buf_drop(&a.answer);
	return a.status;
}
