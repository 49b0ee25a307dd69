/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/target.h"

#include "lib/base/err.h"
#include "lib/sys/process.h"
#include "local/mailbox_agent.h"
#include "local/trace_headers.h"

/* --- Configuration --------------------------------------------------------------------------- */

struct word {
	const char *text;
	unsigned bit;
};

/* The bits of a list's words. Error: ERR_SYNTAX. */
static int
read_words(const struct config *c, enum param_id id, const struct word *words, size_t count,
    unsigned *out, struct why *why)
{
	struct config_list items = config_list(c, id);

	for (size_t i = 0; i < items.count; i++) {
		size_t w = 0;

		while (w < count && !str_equal_nocase(items.items[i], str_of(words[w].text)))
			w++;
		if (w == count) {
			why_set(why, "\"%s\" is none of the words that may stand there",
			    items.items[i].p);
			return ERR_SYNTAX;
		}
		*out |= words[w].bit;
	}
	return 0;
}

int
target_rules_open(struct target_rules *t, const struct config *c, struct arena *a, gid_t *spool_gid,
    struct why *why)
{
	static const struct word sources[] = { { "alias", ALIAS_BY_ALIAS },
		{ "forward", ALIAS_BY_FORWARD }, { "include", ALIAS_BY_INCLUDE } };
	static const struct word traced[] = { { "command", TRACED_COMMAND },
		{ "file", TRACED_FILE }, { "forward", TRACED_FORWARD } };
	int result;

	*t = (struct target_rules){ .is_frozen = config_bool(c, PARAM_frozen_delivered_to) };
	user_mailboxes_open(&t->mailboxes, c, spool_gid);
	command_rules_open(&t->commands, c);
	result = read_words(
	    c, PARAM_allow_mail_to_commands, sources, ARRAY_LEN(sources), &t->commands_from, why);
	if (result == 0)
		result = read_words(
		    c, PARAM_allow_mail_to_files, sources, ARRAY_LEN(sources), &t->files_from, why);
	if (result == 0)
		result = read_words(
		    c, PARAM_prepend_delivered_header, traced, ARRAY_LEN(traced), &t->traced, why);
	if (result == 0 && sys_is_root())
		result = rights_open(config_text(c, PARAM_default_privs), a, &t->privs, why);
	return result;
}

void
target_rules_drop(struct target_rules *t)
{
	user_mailboxes_drop(&t->mailboxes);
}

/* --- One target ------------------------------------------------------------------------------ */

/* False: *out says why there are none. */
static bool
make_headers(const struct target_rules *rules, const struct target *t, unsigned where,
    struct buf *headers, struct outcome *out)
{
	struct str delivered_to = rules->is_frozen ? t->recipient : t->address;

	if ((rules->traced & where) == 0)
		delivered_to = STR_NONE;
	if (trace_headers_add(headers, t->sender, t->original, delivered_to) == 0)
		return true;
	outcome_set(out, "5.1.3", "the addresses are too long");
	return false;
}

/* What is asked for on behalf of root is done as somebody else. */
static const struct rights *
rights_for(const struct target_rules *rules, const struct alias_result *r)
{
	return r->rights.account.user.uid == 0 ? &rules->privs : &r->rights;
}

static bool
is_allowed(const struct alias_result *r, unsigned sources, const char *what, struct outcome *out)
{
	if (((sources | ALIAS_BY_CONFIG) & r->source) != 0)
		return true;
	outcome_set(out, "5.7.1", "mail to %s is restricted", what);
	return false;
}

PARKS static void
give_to_command(const struct target_rules *rules, const struct target *t, struct outcome *out)
{
	AUTO(buf) headers = BUF_INIT(TRACE_HEADERS_MAX);
	struct command_call call = {
		.command = t->result->text.p,
		.rights = rights_for(rules, t->result),
		.recipient = t->address,
		.original = t->original,
		.sender = t->sender,
	};

	if (!is_allowed(t->result, rules->commands_from, "command", out) ||
	    !make_headers(rules, t, TRACED_COMMAND, &headers, out))
		return;
	call.headers = buf_str(&headers);
	command_call(&rules->commands, t->request, &call, out);
}

PARKS static void
write_file(
    const struct target_rules *rules, const struct target *t, struct arena *a, struct outcome *out)
{
	AUTO(buf) headers = BUF_INIT(TRACE_HEADERS_MAX);
	const struct user_entry *user = &rights_for(rules, t->result)->account.user;
	struct spawner_request who = { .uid = user->uid, .gid = user->gid };
	struct message_mailbox_deliver m = {
		.path = t->result->text,
		.is_file = 1,
		.sender = t->sender,
		.size_limit = rules->mailboxes.size_limit,
	};
	struct mailbox_answer answer;

	if (!is_allowed(t->result, rules->files_from, "file", out) ||
	    !make_headers(rules, t, TRACED_FILE, &headers, out))
		return;
	m.headers = buf_str(&headers);
	mailbox_agent_deliver(t->request, &who, &m, a, &answer);
	*out = answer.outcome;
}

PARKS static bool
write_mailbox(const struct target_rules *rules, const struct target *t, struct arena *a,
    struct message_mailbox_text *file, struct outcome *out)
{
	AUTO(buf) headers = BUF_INIT(TRACE_HEADERS_MAX);
	struct message_mailbox_deliver m = {
		.sender = t->sender,
		.forwards = t->result->forwards,
		.forwards_count = t->result->forwards_count,
	};
	struct spawner_request user;
	struct mailbox_answer answer;

	if (!make_headers(rules, t, TRACED_FILE, &headers, out) ||
	    !user_mailbox_find(&rules->mailboxes, &t->result->rights.account, a, &m, &user, out))
		return false;
	m.headers = buf_str(&headers);
	mailbox_agent_deliver(t->request, &user, &m, a, &answer);
	*out = answer.outcome;
	if (!answer.is_text)
		return false;
	*file = answer.text;
	if (file->status == MAILBOX_TEXT_FOUND)
		return true;
	outcome_set(out, "4.3.0", "%.*s", STR_ARG(file->text));
	return false;
}

bool
target_deliver(const struct target_rules *rules, const struct target *t, struct arena *a,
    struct message_mailbox_text *file, struct outcome *out)
{
	const struct alias_result *r = t->result;

	/* An alias names itself: its own address was looked at when the recipient came. */
	if (!str_equal_nocase(t->address, t->recipient) &&
	    mailbox_agent_is_loop(t->request, t->address, out))
		return false;
	if (r->kind == ALIAS_TO_COMMAND) {
		give_to_command(rules, t, out);
	} else if (r->kind == ALIAS_TO_FILE) {
		write_file(rules, t, a, out);
	} else if (!r->rights.is_set) {
		outcome_set(out, "5.1.1", "unknown user: \"%.*s\"", STR_ARG(r->user));
	} else {
		return write_mailbox(rules, t, a, file, out);
	}
	return false;
}
