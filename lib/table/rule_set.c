/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A broken rule does not vanish: the table cannot be opened, and says where. Skipping it, as others
 * do, could let in what the rule was written to keep out. An "if" holds the place behind its
 * "endif", so that a block which does not apply is one step.
 */
#include "lib/table/rule_set.h"

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/config/logical.h"
#include "lib/sys/file.h"

#define RULES_TEXT_MAX ((size_t)64 * 1024 * 1024)
#define NESTING_MAX    100

struct loader {
	struct rule_set *set;
	size_t open[NESTING_MAX]; /* "if" rules whose "endif" has not come */
	size_t depth;
	size_t room;
};

static bool
take_word(struct str *text, struct str word)
{
	struct str rest = str_from(*text, word.n);

	if (!str_starts_nocase(*text, word) || (rest.n != 0 && char_is_alnum(rest.p[0])))
		return false;
	*text = str_trim(rest);
	return true;
}

static struct rule *
add_rule(struct loader *l)
{
	struct rule_set *s = l->set;

	if (s->count == l->room) {
		l->room = l->room != 0 ? l->room * 2 : 16;
		s->rules = mem_resize(s->rules, l->room, sizeof(*s->rules));
	}
	s->rules[s->count] = (struct rule){ .pattern = NULL };
	return &s->rules[s->count];
}

static int
begin_block(struct loader *l, struct str text, struct why *why)
{
	if (text.n != 0) {
		why_set(why, "nothing may follow the pattern of an \"if\"");
		return ERR_SYNTAX;
	}
	if (l->depth == NESTING_MAX) {
		why_set(why, "\"if\" is nested more than %d times", NESTING_MAX);
		return ERR_SYNTAX;
	}
	l->open[l->depth++] = l->set->count;
	return 0;
}

static int
end_block(struct loader *l, struct str text, struct why *why)
{
	if (text.n != 0) {
		why_set(why, "nothing may follow \"endif\"");
		return ERR_SYNTAX;
	}
	if (l->depth == 0) {
		why_set(why, "\"endif\" without \"if\"");
		return ERR_SYNTAX;
	}
	l->set->rules[l->open[--l->depth]].end = l->set->count;
	return 0;
}

static int
set_result(struct rule_set *s, struct rule *r, struct str text, struct why *why)
{
	if (text.n == 0) {
		why_set(why, "a result is expected after the pattern");
		return ERR_SYNTAX;
	}
	r->result = arena_str(&s->arena, text);
	return s->type->check_result != NULL ? s->type->check_result(r, why) : 0;
}

static int
load_rule(struct loader *l, struct str text, struct why *why)
{
	struct rule_set *s = l->set;
	struct rule *r;
	int result;

	if (take_word(&text, STR("endif")))
		return end_block(l, text, why);
	r = add_rule(l);
	r->is_if = take_word(&text, STR("if"));
	for (; str_starts(text, STR("!")); text = str_trim(str_from(text, 1)))
		r->negated = !r->negated;
	result = s->type->take_pattern(&s->arena, &text, &r->pattern, why);
	if (result < 0)
		return result;
	text = str_trim(text);
	result = r->is_if ? begin_block(l, text, why) : set_result(s, r, text, why);
	s->count++; /* from now on its pattern is dropped with the set */
	return result;
}

static int
load_items(struct loader *l, struct str text, struct why *why)
{
	struct str item;
	int result = item_strip_braces(&text, why);

	if (result < 0)
		return result;
	for (size_t n = 1; (result = item_next(&text, ITEM_COMMAS, &item, why)) > 0; n++) {
		result = item_strip_braces(&item, why);
		if (result == 0)
			result = load_rule(l, item, why);
		if (result < 0) {
			why_prefix(why, "rule %zu: ", n);
			return result;
		}
	}
	return result;
}

static int
load_lines(struct loader *l, struct str text, struct why *why)
{
	AUTO(logical) lines = LOGICAL_INIT(text);
	int result = 0;

	while (result == 0 && logical_next(&lines)) {
		if (lines.indented) {
			why_set(why,
			    "this line begins with a blank, and there is none that it continues");
			result = ERR_SYNTAX;
		} else {
			result = load_rule(l, lines.text, why);
		}
	}
	if (result < 0)
		why_prefix(why, "line %d: ", lines.line);
	return result;
}

static int
load_file(struct loader *l, const char *path, struct why *why)
{
	AUTO(buf) text = BUF_INIT(RULES_TEXT_MAX);
	int result = sys_read_file(path, &text);

	if (result < 0) {
		why_set(why, "%s", err_text(result));
		return result;
	}
	return load_lines(l, buf_str(&text), why);
}

int
rule_set_load(struct rule_set *s, const struct rule_type *type, const char *rest, struct why *why)
{
	struct loader l = { .set = s };
	int result;

	*s = (struct rule_set){ .type = type, .arena = ARENA_INIT(16 * RULES_TEXT_MAX) };
	if (rest[0] == '{')
		result = load_items(&l, str_of(rest), why);
	else
		result = load_file(&l, rest, why);
	if (result == 0 && l.depth != 0) {
		why_set(why, "\"if\" without \"endif\"");
		result = ERR_SYNTAX;
	}
	if (result < 0)
		rule_set_drop(s);
	return result;
}

void
rule_set_drop(struct rule_set *s)
{
	for (size_t i = 0; i < s->count && s->type->drop_pattern != NULL; i++)
		s->type->drop_pattern(s->rules[i].pattern);
	mem_free(s->rules);
	arena_drop(&s->arena);
	s->rules = NULL;
	s->count = 0;
}

int
rule_set_find(const struct rule_set *s, void *subject, const struct rule **found)
{
	size_t i = 0;

	while (i < s->count) {
		const struct rule *r = &s->rules[i];
		int matches = s->type->match(r, subject);

		if (matches < 0)
			return matches;
		if ((matches != 0) == r->negated) {
			i = r->is_if ? r->end : i + 1;
		} else if (r->is_if) {
			i++;
		} else {
			*found = r;
			return 1;
		}
	}
	return 0;
}
