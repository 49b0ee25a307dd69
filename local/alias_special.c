/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an alias says about files, commands and lists is done with the rights of whoever owns its
 * table, what a list says with those of its owner where the table is root's: so root's own tables may
 * name lists that others keep.
 */
#include "lib/base/err.h"
#include "local/alias_step.h"

#define SHOWN(s) (int)((s).n < 80 ? (s).n : 80), (s).p

/* Of whoever owns the table that has the alias. */
PARKS static int
find_rights(struct alias_expansion *x, const struct alias_step *s, struct rights *out)
{
	const struct table_list *all = x->context->tables;
	uid_t owner = 0;

	*out = s->rights;
	if (s->kind != STEP_ALIAS) {
		if (out->account.user.uid == 0)
			*out = *x->context->privs;
		return 0;
	}
	for (size_t i = 0; i < all->count; i++) {
		AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
		struct table_list one = { .tables = &all->tables[i], .count = 1 };
		int result = alias_look_up(x, &one, &s->address, &value, s->why);

		if (result > 0 && str_equal(buf_str(&value), s->value))
			result = rights_table_owner(all->tables[i], &owner, s->why);
		else if (result >= 0)
			continue;
		if (result < 0)
			return result;
		break;
	}
	return rights_of_owner(&x->arena, owner, x->context->privs, out, s->why);
}

int
alias_add_special(
    struct alias_expansion *x, const struct alias_step *s, const struct alias_target *t)
{
	struct alias_result r = {
		.kind = t->kind == ALIAS_FILE ? ALIAS_TO_FILE : ALIAS_TO_COMMAND,
		.source = s->source,
		.address = s->address,
		.text = t->text,
	};
	int result = find_rights(x, s, &r.rights);

	return result < 0 ? result : alias_add(x, s, &r);
}

PARKS static int
read_list(struct alias_expansion *x, const struct alias_step *s, struct str path,
    struct message_mailbox_text *out)
{
	struct message_line line = { .text = path };
	int result = x->context->read(&s->rights, true, &line, 1, &x->arena, out, s->why);

	if (result < 0 || out->status == MAILBOX_TEXT_FOUND)
		return result;
	why_set(s->why, "list of alias %.*s: %.*s", SHOWN(s->before->name), STR_ARG(out->text));
	return out->status == MAILBOX_TEXT_FAILED ? ERR_TEMPORARY : ERR_REFUSED;
}

int
alias_expand_list(struct alias_expansion *x, const struct alias_step *before, struct str path)
{
	struct message_mailbox_text file;
	struct alias_step s;
	int result = alias_step_into(&s, before, STEP_INCLUDE, path);

	if (result == 0 && path.p[0] != '/') {
		why_set(s.why, ":include:%.*s uses a relative path", SHOWN(path));
		result = ERR_REFUSED;
	}
	if (result < 0 ||
	    !alias_note(x, str_of(arena_printf(&x->arena, "include:%.*s", STR_ARG(path)))))
		return result;
	s.source = ALIAS_BY_INCLUDE;
	result = find_rights(x, before, &s.rights);
	if (result == 0)
		result = read_list(x, &s, path, &file);
	if (result == 0 && s.rights.account.user.uid == x->context->privs->account.user.uid)
		result =
		    rights_of_owner(&x->arena, file.owner, x->context->privs, &s.rights, s.why);
	return result < 0 ? result : alias_expand_lines(x, &s, &file);
}
