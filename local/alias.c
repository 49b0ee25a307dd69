/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names are followed depth first. A name that leads back to itself ("bob: bob, bob@elsewhere") means
 * the account of that name; one that was expanded on another branch has its targets in the list
 * already, and so has a list that was read before. So each is expanded at most once, and the work is
 * bounded by the size of tables and files, then by ALIAS_RESULTS_MAX; the depth is bounded because a
 * task's stack is.
 */
#include "local/alias.h"

#include "lib/base/err.h"
#include "lib/config/logical.h"
#include "lib/table/address_find.h"
#include "local/alias_step.h"
#include "local/alias_value.h"

#define ARENA_CAP ((size_t)1024 * 1024 * 1024) /* values are the administrator's */
#define KEY_ROOM  ((size_t)2 * ADDRESS_MAX + 16)
#define SHOWN(s)  (int)((s).n < 80 ? (s).n : 80), (s).p

void
alias_expansion_init(struct alias_expansion *x, const struct alias_context *c, int64_t deadline)
{
	*x = (struct alias_expansion){
		.context = c, .arena = ARENA_INIT(ARENA_CAP), .deadline = deadline
	};
	list_init(&x->results);
}

void
alias_expansion_drop(struct alias_expansion *x)
{
	map_drop(&x->seen);
	arena_drop(&x->arena);
}

struct str
alias_fold(struct alias_expansion *x, const char *kind, struct str s)
{
	struct str copy = str_of(arena_printf(&x->arena, "%s%.*s", kind, STR_ARG(s)));
	char *p = arena_text(&x->arena, copy);

	for (size_t i = 0; i < copy.n; i++)
		p[i] = char_lower(p[i]);
	return str_make(p, copy.n);
}

bool
alias_note(struct alias_expansion *x, struct str key)
{
	static char mark[1];

	if (map_find(&x->seen, key) != NULL)
		return false;
	(void)map_put(&x->seen, key, mark);
	return true;
}

bool
alias_is_on_the_way(const struct alias_step *s, enum alias_step_kind kind, struct str name)
{
	for (; s != NULL; s = s->before) {
		if (s->kind == kind && str_equal_nocase(s->name, name))
			return true;
	}
	return false;
}

int
alias_step_into(struct alias_step *s, const struct alias_step *before, enum alias_step_kind kind,
    struct str name)
{
	*s = *before;
	s->before = before;
	s->kind = kind;
	s->name = name;
	s->depth++;
	if (s->depth <= ALIAS_DEPTH_MAX)
		return 0;
	why_set(
	    s->why, "aliases are nested more than %d times at %.*s", ALIAS_DEPTH_MAX, SHOWN(name));
	return ERR_LOOP;
}

/* --- Results ------------------------------------------------------------------------------- */

static struct str
key_of(struct alias_expansion *x, const struct alias_result *r, struct str address)
{
	uid_t uid = r->rights.account.user.uid;

	switch (r->kind) {
	case ALIAS_TO_MAILBOX:
		return alias_fold(x, "user:", r->user);
	case ALIAS_TO_FILE:
	case ALIAS_TO_COMMAND:
		return str_of(
		    arena_printf(&x->arena, "%d:%ld:%.*s", r->kind, (long)uid, STR_ARG(r->text)));
	case ALIAS_TO_TRANSPORT:
		return alias_fold(x, "transport:", address);
	case ALIAS_TO_ADDRESS:
	default:
		return alias_fold(x, "", address);
	}
}

int
alias_add(struct alias_expansion *x, const struct alias_step *s, const struct alias_result *r)
{
	AUTO(buf) text = BUF_INIT(KEY_ROOM);
	struct alias_result *copy;

	if (address_add_internal(&r->address, &text) < 0) {
		why_set(s->why, "\"%.*s\" is too long", SHOWN(r->address.local));
		return ERR_TOO_LONG;
	}
	/* What may yet turn out to be something else is not noted. */
	if (r->forwards_count == 0 && !alias_note(x, key_of(x, r, buf_str(&text))))
		return 0;
	if (x->count == ALIAS_RESULTS_MAX) {
		why_set(s->why, "alias %.*s has more than %d targets", SHOWN(s->name),
		    ALIAS_RESULTS_MAX);
		return ERR_TOO_MANY;
	}
	copy = ARENA_NEW(&x->arena, struct alias_result);
	*copy = *r;
	copy->owner = s->owner;
	list_append(&x->results, &copy->link);
	x->count++;
	return 0;
}

/* --- Tables -------------------------------------------------------------------------------- */

int
alias_look_up(struct alias_expansion *x, struct table_list *tables, const struct address *a,
    struct buf *value, struct why *why)
{
	struct address name = { .local = a->local, .utf8 = a->utf8 };
	struct address_query q = {
		.address = &name,
		.delimiters = x->context->delimiters,
		.keys = ADDRESS_KEY_LOCAL,
	};

	return address_find(tables, &q, value, NULL, x->deadline, why);
}

/* What is sent on for an alias comes from its owner; which address that is. */
static void
set_owner(struct alias_expansion *x, struct alias_step *s, struct str value)
{
	struct alias_iter it;
	struct alias_target target, more;

	s->owner = (struct address){ .domain = s->address.domain };
	s->owner.local = str_of(arena_printf(&x->arena, "owner-%.*s", STR_ARG(s->address.local)));
	if (!x->context->expand_owner)
		return;
	alias_iter_init(&it, arena_str(&x->arena, value), &x->arena);
	if (alias_next(&it, &target) <= 0 || target.kind != ALIAS_ADDRESS)
		return;
	if (alias_next(&it, &more) != 0)
		return;
	s->owner = target.address;
	if (s->owner.domain.n == 0)
		s->owner.domain = str_of(x->context->origin);
}

/* The alias "owner-NAME", where there is one, hears of failures of NAME. */
PARKS static int
find_owner(struct alias_expansion *x, struct alias_step *s)
{
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	const char *key = arena_printf(&x->arena, "owner-%.*s", STR_ARG(s->address.local));
	int result = table_list_find(x->context->tables, str_of(key), &value, x->deadline, s->why);

	if (result > 0)
		set_owner(x, s, buf_str(&value));
	else if (result == 0 && x->context->reset_owner)
		s->owner = (struct address){ .local = STR_NONE };
	return result < 0 ? result : 0;
}

/* RFC 5321, 4.5.1: there is a postmaster; where nobody says who, it is root. */
PARKS static int
stand_in_for_postmaster(
    struct alias_expansion *x, const struct address *a, struct buf *value, struct why *why)
{
	struct account account;
	int result;

	if (str_equal_nocase(a->local, STR("MAILER-DAEMON")))
		return buf_add(value, STR("postmaster")) < 0 ? ERR_TOO_LONG : 1;
	if (!str_equal_nocase(a->local, STR("postmaster")))
		return 0;
	result = account_find(&x->arena, STR("postmaster"), &account, why);
	if (result != 0)
		return result < 0 ? result : 0;
	return buf_add(value, STR("root")) < 0 ? ERR_TOO_LONG : 1;
}

/* --- Expansion ----------------------------------------------------------------------------- */

PARKS static int expand(
    struct alias_expansion *x, const struct alias_step *before, const struct address *a);

/* An address of one of our domains is a name like one without a domain. */
PARKS static int
follow(struct alias_expansion *x, const struct alias_step *s, const struct alias_target *t)
{
	struct alias_result elsewhere = { .kind = ALIAS_TO_ADDRESS, .address = t->address };
	enum route_class class_ = ROUTE_LOCAL;
	int result = 0;

	if (t->address.domain.n == 0)
		elsewhere.address.domain = str_of(x->context->origin);
	result = route_classify(
	    x->context->router, elsewhere.address.domain, &class_, x->deadline, s->why);
	if (result < 0)
		return result;
	if (class_ != ROUTE_LOCAL)
		return alias_add(x, s, &elsewhere);
	if (t->is_final)
		return alias_expand_user(x, s, &elsewhere.address, true, true);
	return expand(x, s, &elsewhere.address);
}

PARKS static int
take_target(struct alias_expansion *x, const struct alias_step *s, const struct alias_target *t)
{
	switch (t->kind) {
	case ALIAS_INCLUDE:
		return alias_expand_list(x, s, t->text);
	case ALIAS_FILE:
	case ALIAS_COMMAND:
		return alias_add_special(x, s, t);
	case ALIAS_ADDRESS:
	default:
		return follow(x, s, t);
	}
}

int
alias_expand_value(struct alias_expansion *x, const struct alias_step *s, struct str value)
{
	struct alias_iter it;
	struct alias_target target;
	int result, followed;

	alias_iter_init(&it, arena_str(&x->arena, value), &x->arena);
	while ((result = alias_next(&it, &target)) > 0) {
		x->targets++;
		followed = take_target(x, s, &target);
		if (followed < 0)
			return followed;
	}
	if (result < 0 && s->kind == STEP_ALIAS)
		why_set(
		    s->why, "alias %.*s: \"%.*s\" is no address", SHOWN(s->name), SHOWN(it.item));
	else if (result < 0) /* what is in a file is nothing for the sender to read */
		why_set(s->why, "no address");
	return result;
}

int
alias_expand_lines(
    struct alias_expansion *x, const struct alias_step *s, const struct message_mailbox_text *file)
{
	AUTO(logical) lines = LOGICAL_INIT(file->text);
	int result = 0;

	while (result == 0 && logical_next(&lines))
		result = alias_expand_value(x, s, lines.text);
	if (result == ERR_SYNTAX)
		why_prefix(s->why, "%.*s, line %d: ", STR_ARG(file->path), lines.line);
	return result;
}

PARKS static int
expand_alias(struct alias_expansion *x, const struct alias_step *before, const struct address *a,
    struct str value)
{
	struct alias_step s;
	int result;

	if (!alias_note(x, alias_fold(x, "alias:", a->local)))
		return 0;
	result = alias_step_into(&s, before, STEP_ALIAS, a->local);
	s.address = *a;
	s.value = arena_str(&x->arena, value);
	s.source = ALIAS_BY_ALIAS;
	if (result == 0)
		result = find_owner(x, &s);
	return result < 0 ? result : alias_expand_value(x, &s, s.value);
}

int
expand(struct alias_expansion *x, const struct alias_step *before, const struct address *a)
{
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	int result = alias_look_up(x, x->context->tables, a, &value, before->why);

	if (result == 0)
		result = stand_in_for_postmaster(x, a, &value, before->why);
	if (result < 0)
		return result;
	if (result == 0)
		return alias_expand_user(x, before, a, false, false);
	if (alias_is_on_the_way(before, STEP_ALIAS, a->local))
		return alias_expand_user(x, before, a, true, false);
	return expand_alias(x, before, a, buf_str(&value));
}

int
alias_expand(
    struct alias_expansion *x, const struct address *recipient, bool is_final, struct why *why)
{
	struct alias_step start = { .why = why };

	if (is_final)
		return alias_expand_user(x, &start, recipient, true, true);
	return expand(x, &start, recipient);
}
