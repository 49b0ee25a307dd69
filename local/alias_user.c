/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mail of a user goes, in this order, where the user's own .forward says, to mailbox_transport, to
 * mailbox_command, into the mailbox; that of nobody to fallback_transport, to luser_relay, back.
 *
 * A .forward that names its own user means the mailbox. One that was followed on another branch has
 * its targets among the results already.
 */
#include "local/alias.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "local/alias_step.h"

#define VALUE_MAX ((size_t)8192) /* of a command in message.def */

struct user {
	struct alias_result result;
	struct names names;
};

static void
init_user(struct alias_expansion *x, const struct address *a, struct user *u)
{
	AUTO(buf) recipient = BUF_INIT(2 * ADDRESS_MAX);

	*u = (struct user){ .result = { .kind = ALIAS_TO_MAILBOX, .address = *a } };
	BUG_ON(address_add_internal(a, &recipient) < 0); /* alias_add() has the same bound */
	names_of(a, arena_str(&x->arena, buf_str(&recipient)), x->context->delimiters, &u->names);
	u->names.user = alias_fold(x, "", u->names.user);
	u->result.user = u->names.user;
}

/* 1: the account is there. */
PARKS static int
find_account(struct alias_expansion *x, struct user *u, struct why *why)
{
	struct rights *rights = &u->result.rights;
	int found = account_find(&x->arena, u->result.user, &rights->account, why);

	rights->is_set = found > 0;
	if (found > 0) {
		u->names.home = str_of(rights->account.user.home);
		u->names.shell = str_of(rights->account.user.shell);
	}
	return found;
}

/* 1: *u has a kind and its text now. */
static int
take_value(struct alias_expansion *x, struct user *u, enum alias_kind kind, int found,
    const struct buf *value)
{
	if (found <= 0)
		return found;
	u->result.kind = kind;
	u->result.text = arena_str(&x->arena, buf_str(value));
	u->result.source = ALIAS_BY_CONFIG;
	return 1;
}

/* Where the mail of this user, or of nobody, goes if no .forward says otherwise. */
PARKS static int
place(struct alias_expansion *x, struct user *u, struct why *why)
{
	AUTO(buf) value = BUF_INIT(VALUE_MAX);
	struct user_rules *rules = x->context->users;
	int found = user_rules_transport(rules, u->names.user, &value, why);

	if (found != 0)
		return take_value(x, u, ALIAS_TO_TRANSPORT, found, &value);
	if (u->result.rights.is_set) {
		found = user_rules_command(rules, u->names.user, &value, why);
		return take_value(x, u, ALIAS_TO_COMMAND, found, &value);
	}
	found = user_rules_fallback(rules, &u->result.address, &value, why);
	return take_value(x, u, ALIAS_TO_TRANSPORT, found, &value);
}

/* --- .forward -------------------------------------------------------------------------------- */

/* 1: the mail goes where the file says. */
PARKS static int
follow_forward(struct alias_expansion *x, const struct alias_step *before,
    const struct alias_result *r, const struct message_mailbox_text *file)
{
	struct alias_step s;
	size_t targets = x->targets;
	int result = alias_step_into(&s, before, STEP_FORWARD, r->user);

	if (result < 0)
		return result;
	if (!alias_note(x, alias_fold(x, "forward:", r->user)))
		return 1;
	s.address = r->address;
	s.rights = r->rights;
	s.source = ALIAS_BY_FORWARD;
	result = alias_expand_lines(x, &s, file);
	if (result < 0)
		return result;
	return x->targets > targets; /* a file that says nothing is as none */
}

PARKS static int
read_forward(struct alias_expansion *x, const struct alias_step *before, struct user *u)
{
	struct alias_result *r = &u->result;
	struct message_mailbox_text file;
	int result;

	if (r->forwards_count == 0)
		return 0;
	result = x->context->read(
	    &r->rights, false, r->forwards, r->forwards_count, &x->arena, &file, before->why);
	if (result < 0)
		return result;
	if (file.status == MAILBOX_TEXT_FAILED) {
		why_set(before->why, "%.*s", STR_ARG(file.text));
		return ERR_TEMPORARY;
	}
	return file.status == MAILBOX_TEXT_FOUND ? follow_forward(x, before, r, &file) : 0;
}

/* Notes which files may hold the user's .forward. */
static int
list_forwards(struct alias_expansion *x, struct user *u, struct why *why)
{
	const char *paths[ALIAS_FORWARDS_MAX];
	int count = user_rules_forward_paths(
	    x->context->users, &u->names, &x->arena, paths, ALIAS_FORWARDS_MAX, why);

	if (count <= 0)
		return count;
	u->result.forwards = ARENA_ARRAY(&x->arena, struct message_line, (size_t)count);
	u->result.forwards_count = (uint32_t)count;
	for (int i = 0; i < count; i++)
		u->result.forwards[i].text = str_of(paths[i]);
	return 0;
}

/* 1: the mail goes where the user's .forward says. */
PARKS static int
forward(struct alias_expansion *x, const struct alias_step *before, struct user *u)
{
	int result = list_forwards(x, u, before->why);

	if (result < 0)
		return result;
	if (before->kind == STEP_START && u->result.kind == ALIAS_TO_MAILBOX)
		return 0; /* who writes the mailbox looks for it */
	result = read_forward(x, before, u);
	u->result.forwards_count = 0;
	return result;
}

int
alias_expand_forward(struct alias_expansion *x, struct alias_result *r,
    const struct message_mailbox_text *file, struct why *why)
{
	struct alias_step start = { .why = why };
	int result = follow_forward(x, &start, r, file);

	r->forwards_count = 0;
	if (result > 0) {
		list_remove(&r->link);
		x->count--;
	}
	return result < 0 ? result : 0;
}

/* --- Nobody ---------------------------------------------------------------------------------- */

/* 1: luser_relay has it. */
PARKS static int
relay_luser(struct alias_expansion *x, const struct alias_step *before, const struct user *u)
{
	AUTO(buf) value = BUF_INIT(VALUE_MAX);
	struct alias_step s;
	int found = user_rules_luser(x->context->users, &u->names, &value, before->why);

	if (found <= 0 || alias_is_on_the_way(before, STEP_LUSER, STR_NONE))
		return found < 0 ? found : 0;
	found = alias_step_into(&s, before, STEP_LUSER, STR_NONE);
	s.address = u->result.address;
	s.source = 0;
	if (found == 0)
		found = alias_expand_value(x, &s, arena_str(&x->arena, buf_str(&value)));
	return found < 0 ? found : 1;
}

/* --- The user -------------------------------------------------------------------------------- */

int
alias_expand_user(struct alias_expansion *x, const struct alias_step *before,
    const struct address *a, bool is_alias, bool is_final)
{
	struct user u;
	bool is_own;
	int result;

	init_user(x, a, &u);
	is_own = alias_is_on_the_way(before, STEP_FORWARD, u.result.user);
	u.result.is_final = is_alias || is_own || is_final;
	result = find_account(x, &u, before->why);
	if (result >= 0)
		result = place(x, &u, before->why);
	if (result < 0)
		return result;
	result = 0;
	if (u.result.rights.is_set && !is_own && !is_final)
		result = forward(x, before, &u);
	else if (!u.result.rights.is_set && u.result.kind == ALIAS_TO_MAILBOX)
		result = relay_luser(x, before, &u);
	if (result != 0)
		return result < 0 ? result : 0;
	return alias_add(x, before, &u.result);
}
