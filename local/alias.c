/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names are followed depth first. A name that leads back to itself ("bob: bob, bob@elsewhere") means
 * the account of that name; one that was expanded on another branch has its targets in the list
 * already. So each name is expanded at most once, and the work is bounded by the tables' size, then
 * by ALIAS_RESULTS_MAX; the depth is bounded because a task's stack is.
 */
#include "local/alias.h"

#include "lib/base/err.h"
#include "lib/table/address_find.h"
#include "local/account.h"
#include "local/alias_value.h"

#define ARENA_CAP ((size_t)1024 * 1024 * 1024) /* values are the administrator's */
#define KEY_ROOM  ((size_t)2 * ADDRESS_MAX + 16)
#define SHOWN(s)  (int)((s).n < 80 ? (s).n : 80), (s).p

/* The way to the name that is being expanded. */
struct step {
	const struct step *before;
	struct str name;
	struct address owner;
	unsigned depth;
	int64_t deadline;
	struct why *why;
};

void
alias_expansion_init(struct alias_expansion *x, const struct alias_context *c)
{
	*x = (struct alias_expansion){ .context = c, .arena = ARENA_INIT(ARENA_CAP) };
	list_init(&x->results);
}

void
alias_expansion_drop(struct alias_expansion *x)
{
	map_drop(&x->seen);
	arena_drop(&x->arena);
}

/* In lower case, in the arena; "kind:" keeps names and addresses apart in `seen`. */
static struct str
fold(struct alias_expansion *x, const char *kind, struct str s)
{
	struct str copy = str_of(arena_printf(&x->arena, "%s%.*s", kind, STR_ARG(s)));
	char *p = arena_text(&x->arena, copy);

	for (size_t i = 0; i < copy.n; i++)
		p[i] = char_lower(p[i]);
	return str_make(p, copy.n);
}

/* False: it was there before. */
static bool
note(struct alias_expansion *x, struct str key)
{
	static char mark[1];

	if (map_find(&x->seen, key) != NULL)
		return false;
	(void)map_put(&x->seen, key, mark);
	return true;
}

static bool
is_on_the_way(const struct step *s, struct str name)
{
	for (; s != NULL; s = s->before) {
		if (str_equal_nocase(s->name, name))
			return true;
	}
	return false;
}

static int
add_result(struct alias_expansion *x, const struct step *s, const struct alias_result *r)
{
	AUTO(buf) text = BUF_INIT(KEY_ROOM);
	struct alias_result *copy;

	if (address_add_internal(&r->address, &text) < 0) {
		why_set(s->why, "\"%.*s\" is too long", SHOWN(r->address.local));
		return ERR_TOO_LONG;
	}
	if (!note(x, fold(x, r->is_local ? "user:" : "", r->is_local ? r->user : buf_str(&text))))
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

static int
add_user(struct alias_expansion *x, const struct step *s, const struct address *a, bool is_alias)
{
	struct alias_result r = { .is_local = true, .is_alias = is_alias, .address = *a };
	struct str extension;

	r.user = a->local;
	if (!address_split_extension(a->local, x->context->delimiters, &r.user, &extension))
		r.user = a->local;
	r.user = fold(x, "", r.user);
	return add_result(x, s, &r);
}

/* --- Tables -------------------------------------------------------------------------------- */

PARKS static int
look_up(struct alias_expansion *x, const struct step *s, const struct address *a, struct buf *value)
{
	struct address name = { .local = a->local, .utf8 = a->utf8 };
	struct address_query q = {
		.address = &name,
		.delimiters = x->context->delimiters,
		.keys = ADDRESS_KEY_LOCAL,
	};

	return address_find(x->context->tables, &q, value, NULL, s->deadline, s->why);
}

/* The alias "owner-NAME", where there is one, hears of failures of NAME. */
PARKS static int
find_owner(struct alias_expansion *x, const struct address *a, struct step *s)
{
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	struct address owner = { .domain = a->domain };
	int result;

	owner.local = str_of(arena_printf(&x->arena, "owner-%.*s", STR_ARG(a->local)));
	result = table_list_find(x->context->tables, owner.local, &value, s->deadline, s->why);
	if (result > 0)
		s->owner = owner;
	else if (result == 0 && x->context->reset_owner)
		s->owner = (struct address){ .local = STR_NONE };
	return result < 0 ? result : 0;
}

/* RFC 5321, 4.5.1: there is a postmaster; where nobody says who, it is root. */
PARKS static int
stand_in_for_postmaster(
    struct alias_expansion *x, const struct step *s, const struct address *a, struct buf *value)
{
	struct account account;
	int result;

	if (!str_equal_nocase(a->local, STR("postmaster")))
		return 0;
	result = account_find(&x->arena, STR("postmaster"), &account, s->why);
	if (result != 0)
		return result < 0 ? result : 0;
	return buf_add(value, STR("root")) < 0 ? ERR_TOO_LONG : 1;
}

/* --- Expansion ----------------------------------------------------------------------------- */

PARKS static int expand(
    struct alias_expansion *x, const struct step *before, const struct address *a);

/* An address of one of our domains is a name like one without a domain. */
PARKS static int
follow(struct alias_expansion *x, const struct step *s, const struct address *a)
{
	struct alias_result elsewhere = { .address = *a };
	enum route_class class_ = ROUTE_LOCAL;
	int result = 0;

	if (a->domain.n == 0)
		elsewhere.address.domain = str_of(x->context->origin);
	result = route_classify(
	    x->context->router, elsewhere.address.domain, &class_, s->deadline, s->why);
	if (result < 0)
		return result;
	if (class_ == ROUTE_LOCAL)
		return expand(x, s, &elsewhere.address);
	return add_result(x, s, &elsewhere);
}

static int
refuse(const struct step *s, const struct alias_target *t)
{
	static const char *const kinds[] = {
		[ALIAS_FILE] = "a file",
		[ALIAS_COMMAND] = "a command",
		[ALIAS_INCLUDE] = "an included list",
	};

	why_set(s->why, "alias %.*s leads to %s, which this release does not deliver to: %.*s",
	    SHOWN(s->name), kinds[t->kind], SHOWN(t->text));
	return ERR_UNSUPPORTED;
}

PARKS static int
expand_value(struct alias_expansion *x, const struct step *s, struct str value)
{
	struct alias_iter it;
	struct alias_target target;
	int result, followed;

	alias_iter_init(&it, arena_str(&x->arena, value), &x->arena);
	while ((result = alias_next(&it, &target)) > 0) {
		if (target.kind != ALIAS_ADDRESS)
			return refuse(s, &target);
		followed = follow(x, s, &target.address);
		if (followed < 0)
			return followed;
	}
	if (result < 0)
		why_set(
		    s->why, "alias %.*s: \"%.*s\" is no address", SHOWN(s->name), SHOWN(it.item));
	return result;
}

PARKS static int
expand_alias(struct alias_expansion *x, struct step *s, const struct address *a, struct str value)
{
	int result;

	if (s->depth == ALIAS_DEPTH_MAX) {
		why_set(s->why, "aliases are nested more than %d times at %.*s", ALIAS_DEPTH_MAX,
		    SHOWN(s->name));
		return ERR_LOOP;
	}
	result = find_owner(x, a, s);
	return result < 0 ? result : expand_value(x, s, value);
}

int
expand(struct alias_expansion *x, const struct step *before, const struct address *a)
{
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	struct step s = *before;
	int result;

	s.before = before;
	s.name = a->local;
	s.depth++;
	result = look_up(x, &s, a, &value);
	if (result == 0)
		result = stand_in_for_postmaster(x, &s, a, &value);
	if (result < 0)
		return result;
	if (result == 0)
		return add_user(x, before, a, false);
	if (is_on_the_way(before, a->local))
		return add_user(x, before, a, true);
	if (!note(x, fold(x, "alias:", a->local)))
		return 0;
	return expand_alias(x, &s, a, buf_str(&value));
}

int
alias_expand(
    struct alias_expansion *x, const struct address *recipient, int64_t deadline, struct why *why)
{
	struct step start = { .deadline = deadline, .why = why };

	return expand(x, &start, recipient);
}
