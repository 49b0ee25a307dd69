/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regexp:/file and regexp:{{ /pattern/flags result }, …}: POSIX regular expressions. See rule_set.h
 * and expression.h.
 *
 *	flags	= *("i" / "m" / "x")	; each turns its default round
 *
 * By default case does not count (i), ^ and $ match only at the ends of the key (m), the syntax is
 * the extended one (x).
 *
 * The C library's matcher takes stack in proportion to the key, and a task has little: long keys are
 * matched on a thread.
 */
#include <regex.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/run/task.h"
#include "lib/table/expression.h"
#include "lib/table/table_type.h"

#define SHORT_KEY_MAX ((size_t)1024)

struct regexp_table {
	struct table table;
	struct rule_set rules;
};

struct pattern {
	regex_t compiled;
	size_t used; /* groups; see expression_check_result() */
};

/* --- Reading the rules --------------------------------------------------------------------- */

static int
read_flags(struct str text, int *flags, struct why *why)
{
	*flags = REG_EXTENDED | REG_ICASE;
	for (size_t i = 0; i < text.n; i++) {
		switch (text.p[i]) {
		case 'i':
			*flags ^= REG_ICASE;
			break;
		case 'm':
			*flags ^= REG_NEWLINE;
			break;
		case 'x':
			*flags ^= REG_EXTENDED;
			break;
		default:
			why_set(why, "unknown flag \"%c\" after the pattern", text.p[i]);
			return ERR_SYNTAX;
		}
	}
	return 0;
}

static int
take_pattern(struct arena *a, struct str *text, void **out, struct why *why)
{
	struct pattern *p = ARENA_NEW(a, struct pattern);
	struct str expression, letters;
	char words[200];
	int flags = 0, result;

	result = expression_take(text, &expression, &letters, why);
	if (result == 0)
		result = read_flags(letters, &flags, why);
	if (result < 0)
		return result;
	if (memchr(expression.p, '\0', expression.n) != NULL) {
		why_set(why, "a NUL byte in the pattern");
		return ERR_SYNTAX;
	}
	result = regcomp(&p->compiled, arena_text(a, expression), flags);
	if (result != 0) {
		regerror(result, &p->compiled, words, sizeof(words));
		why_set(why, "%s", words);
		return ERR_SYNTAX;
	}
	*out = p;
	return 0;
}

static int
check_result(const struct rule *r, struct why *why)
{
	struct pattern *p = r->pattern;

	return expression_check_result(r, p->compiled.re_nsub, &p->used, why);
}

static void
drop_pattern(void *pattern)
{
	struct pattern *p = pattern;

	regfree(&p->compiled);
}

/* --- Look-up ------------------------------------------------------------------------------- */

struct search {
	const struct rule_set *rules;
	struct str key;
	regmatch_t groups[EXPRESSION_GROUPS];
	const struct rule *found;
};

static int
match_pattern(const struct rule *r, void *subject)
{
	struct pattern *p = r->pattern;
	struct search *s = subject;
	int result;

	/* The length is given: a NUL within the key is a byte like others. */
	s->groups[0] = (regmatch_t){ .rm_so = 0, .rm_eo = (regoff_t)s->key.n };
	result = regexec(&p->compiled, s->key.p, p->used, s->groups, REG_STARTEND);
	if (result == REG_NOMATCH)
		return 0;
	return result == 0 ? 1 : ERR_FULL; /* the matcher ran out of memory */
}

static const struct rule_type regexp_rules = {
	.take_pattern = take_pattern,
	.check_result = check_result,
	.match = match_pattern,
	.drop_pattern = drop_pattern,
};

static int
search(void *arg)
{
	struct search *s = arg;

	return rule_set_find(s->rules, s, &s->found);
}

static int
add_result(const struct search *s, struct buf *value)
{
	const struct pattern *p = s->found->pattern;
	size_t spans[2 * EXPRESSION_GROUPS];

	for (size_t i = 0; i < p->used; i++) {
		bool took_part = s->groups[i].rm_so >= 0;

		spans[2 * i] = took_part ? (size_t)s->groups[i].rm_so : SIZE_MAX;
		spans[2 * i + 1] = took_part ? (size_t)s->groups[i].rm_eo : SIZE_MAX;
	}
	return expression_add_result(s->found, s->key, spans, value);
}

static struct table *
open_regexp(const char *rest, unsigned flags, struct why *why)
{
	struct regexp_table *t = NEW(struct regexp_table);

	(void)flags;
	if (rule_set_load(&t->rules, &regexp_rules, rest, why) < 0) {
		mem_free(t);
		return NULL;
	}
	return &t->table;
}

PARKS static int
find_regexp(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct regexp_table *x = CONTAINER_OF(t, struct regexp_table, table);
	AUTO(buf) copy = BUF_INIT(EXPRESSION_KEY_MAX + 1);
	struct search s = { .rules = &x->rules };
	int result;

	(void)deadline;
	if (key.n > EXPRESSION_KEY_MAX) {
		why_set(why, "a key of %zu bytes is too long to be matched", key.n);
		return ERR_TOO_LONG;
	}
	BUG_ON(buf_add(&copy, key) < 0 || buf_add_byte(&copy, '\0') < 0);
	s.key = str_make(copy.p, key.n);
	if (key.n > SHORT_KEY_MAX && task_self() != NULL)
		result = offload(search, &s);
	else
		result = search(&s);
	if (result > 0)
		result = add_result(&s, value) < 0 ? ERR_TOO_LONG : 1;
	if (result < 0)
		why_set(why, "%s", err_text(result));
	return result;
}

static void
close_regexp(struct table *t)
{
	struct regexp_table *x = CONTAINER_OF(t, struct regexp_table, table);

	rule_set_drop(&x->rules);
	mem_free(x);
}

const struct table_type table_type_regexp = {
	.name = "regexp",
	.is_text = true,
	.is_pattern = true,
	.open = open_regexp,
	.find = find_regexp,
	.close = close_regexp,
};
