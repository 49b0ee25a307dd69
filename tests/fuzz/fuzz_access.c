/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An entry of an access table, and a list of restrictions. What is refused has a reply of its class
 * that can be sent; what is to become of the message fits its frame.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/access/restrict.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"

static const char main_cf[] = "myhostname = mx.example\n"
                              "alias_maps =\n"
                              "local_recipient_maps =\n"
                              "smtpd_log_access_permit_actions = OK, DISCARD\n"
                              "smtpd_restriction_classes = loop, greedy\n"
                              "loop = warn_if_reject greedy, loop\n"
                              "greedy = reject_non_fqdn_sender, check_policy_service x\n";

static void
ignore_report(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)text;
	BUG_ON(is_error);
}

static void
see_note(void *context, const char *action, struct str words)
{
	(void)context;
	BUG_ON(action[0] == '\0' || words.n > (size_t)2 * REPLY_TEXT_MAX);
}

static void
see_warning(void *context, const char *words)
{
	(void)context;
	BUG_ON(words[0] == '\0');
}

static const struct access_rules *
rules_once(void)
{
	static const struct access_rules *rules;
	struct config_source source = { .directory = "/", .program = "fuzz", .text = main_cf };
	struct why why;

	if (rules == NULL) {
		struct config *c = config_load(&source, ignore_report, NULL);
		struct router *router = c != NULL ? router_new(c, &why) : NULL;

		BUG_ON(router == NULL);
		rules = access_rules_open(c, router, ignore_report, NULL, &why);
		BUG_ON(rules == NULL);
	}
	return rules;
}

static void
check_refusal(const struct reply *r)
{
	AUTO(buf) wire = BUF_INIT((size_t)4 * REPLY_TEXT_MAX);

	BUG_ON(r->code < 400 || r->code > 599 || !dsn_fits(&r->dsn, r->code));
	BUG_ON(reply_render(r, &wire) < 0);
}

static void
check_entry(struct str value)
{
	static const struct access_observer observer = { .note = see_note, .warn = see_warning };
	struct reply reply;
	struct access a;
	struct evaluation e = { .access = &a,
		.stage = STAGE_SENDER,
		.subject = { STR("a@b.example"), SUBJECT_SENDER },
		.deadline = TICKS_NEVER,
		.reply = &reply,
		.client = "unknown[192.0.2.1]" };

	access_init(&a, rules_once(), &observer, NULL);
	a.is_rehearsal = true;
	a.facts.client_name = a.facts.reverse_name = STR("unknown");
	a.facts.client_address = STR("192.0.2.1");
	a.facts.has_sender = true;
	a.facts.sender = a.facts.sender_given = STR("a@b.example");
	e.list = &a.rules->lists[STAGE_SENDER];
	if (action_apply(&e, "inline:{}", STR("b.example"), value) == ANSWER_REFUSE)
		check_refusal(&reply);
	BUG_ON(a.action_count > ACCESS_ACTIONS_MAX);
	for (uint32_t i = 0; i < a.action_count; i++)
		BUG_ON(a.actions[i].text.n > 2048);
	mem_free(e.if_refused);
	access_drop(&a);
}

static void
check_list(struct str text)
{
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024 * 1024);
	struct rule_list list;
	struct why why = WHY_INIT;
	int result = rules_read_value(rules_once(), text, "fuzz", &arena, &list, &why);

	BUG_ON(result < 0 && why.text[0] == '\0');
	BUG_ON(list.count > text.n);
	for (size_t i = 0; i < list.count && result == 0; i++)
		BUG_ON(list.rules[i].kind == NULL && list.rules[i].class_ == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= 65536) {
		check_list(fuzz_str(data, size));
		check_entry(fuzz_str(data, size));
	}
	return 0;
}
