/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcre:/file and pcre:{{ /pattern/flags result }, …}: Perl-compatible regular expressions (PCRE2).
 * See rule_set.h and expression.h.
 *
 *	flags	= *("i" / "s" / "m" / "x" / "A" / "E" / "U" / "X")
 *
 * Each flag turns its default round: i (case does not count) and s (. matches a line end) are on, the
 * others off. X has no effect: what it asked for is what PCRE2 always does.
 *
 * Patterns become machine code where the library can do that. A match then has a stack of its own,
 * since a task has little; only one match runs at a time, so that one stack does for the process. How
 * far a pattern may search is bounded: no key can hold up the loop. One that reaches the bound is a
 * failure, not "no match".
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/table/expression.h"
#include "lib/table/table_type.h"

#define MATCH_LIMIT   10000000 /* steps of a search: some 30 ms, with machine code */
#define HEAP_LIMIT    8192     /* KiB, where there is no machine code */
#define JIT_STACK_MIN ((size_t)32 * 1024)
#define JIT_STACK_MAX ((size_t)1024 * 1024)

struct pcre_table {
	struct table table;
	struct rule_set rules;
};

struct pattern {
	pcre2_code *code;
	size_t used; /* groups; see expression_check_result() */
};

/* Of the process; a match never parks. */
static pcre2_match_context *limits;
static pcre2_match_data *match_data;

static void
prepare(void)
{
	pcre2_jit_stack *stack;

	if (limits != NULL)
		return;
	limits = pcre2_match_context_create(NULL);
	match_data = pcre2_match_data_create(EXPRESSION_GROUPS, NULL);
	BUG_ON(limits == NULL || match_data == NULL);
	pcre2_set_match_limit(limits, MATCH_LIMIT);
	pcre2_set_heap_limit(limits, HEAP_LIMIT);
	stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	if (stack != NULL)
		pcre2_jit_stack_assign(limits, NULL, stack);
}

static void
say(int code, struct why *why)
{
	PCRE2_UCHAR words[200];

	(void)pcre2_get_error_message(code, words, sizeof(words));
	why_set(why, "%s", (const char *)words);
}

/* --- Reading the rules --------------------------------------------------------------------- */

static int
read_flags(struct str text, uint32_t *flags, struct why *why)
{
	static const struct {
		char letter;
		uint32_t bit;
	} known[] = {
		{ 'i', PCRE2_CASELESS },
		{ 's', PCRE2_DOTALL },
		{ 'm', PCRE2_MULTILINE },
		{ 'x', PCRE2_EXTENDED },
		{ 'A', PCRE2_ANCHORED },
		{ 'E', PCRE2_DOLLAR_ENDONLY },
		{ 'U', PCRE2_UNGREEDY },
		{ 'X', 0 },
	};
	size_t k;

	*flags = PCRE2_CASELESS | PCRE2_DOTALL;
	for (size_t i = 0; i < text.n; i++) {
		for (k = 0; k < ARRAY_LEN(known) && known[k].letter != text.p[i];)
			k++;
		if (k == ARRAY_LEN(known)) {
			why_set(why, "unknown flag \"%c\" after the pattern", text.p[i]);
			return ERR_SYNTAX;
		}
		*flags ^= known[k].bit;
	}
	return 0;
}

static int
take_pattern(struct arena *a, struct str *text, void **out, struct why *why)
{
	struct pattern *p = ARENA_NEW(a, struct pattern);
	struct str expression, letters;
	uint32_t flags = 0;
	PCRE2_SIZE at;
	int code, result;

	result = expression_take(text, &expression, &letters, why);
	if (result == 0)
		result = read_flags(letters, &flags, why);
	if (result < 0)
		return result;
	p->code = pcre2_compile((PCRE2_SPTR)expression.p, expression.n, flags, &code, &at, NULL);
	if (p->code == NULL) {
		say(code, why);
		why_prefix(why, "at byte %zu of the pattern: ", at);
		return ERR_SYNTAX;
	}
	(void)pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	*out = p;
	return 0;
}

static int
check_result(const struct rule *r, struct why *why)
{
	struct pattern *p = r->pattern;
	uint32_t groups = 0;

	BUG_ON(pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &groups) != 0);
	return expression_check_result(r, groups, &p->used, why);
}

static void
drop_pattern(void *pattern)
{
	struct pattern *p = pattern;

	pcre2_code_free(p->code);
}

/* --- Look-up ------------------------------------------------------------------------------- */

struct search {
	struct str key;
	int code; /* of a failure */
};

static int
match_pattern(const struct rule *r, void *subject)
{
	const struct pattern *p = r->pattern;
	struct search *s = subject;

	s->code = pcre2_match(p->code, (PCRE2_SPTR)s->key.p, s->key.n, 0, 0, match_data, limits);
	if (s->code == PCRE2_ERROR_NOMATCH)
		return 0;
	return s->code >= 0 ? 1 : ERR_FULL;
}

static const struct rule_type pcre_rules = {
	.take_pattern = take_pattern,
	.check_result = check_result,
	.match = match_pattern,
	.drop_pattern = drop_pattern,
};

static struct table *
open_pcre(const char *rest, unsigned flags, struct why *why)
{
	struct pcre_table *t = NEW(struct pcre_table);

	(void)flags;
	prepare();
	if (rule_set_load(&t->rules, &pcre_rules, rest, why) == 0)
		return &t->table;
	mem_free(t);
	return NULL;
}

static int
find_pcre(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct pcre_table *x = CONTAINER_OF(t, struct pcre_table, table);
	struct search s = { .key = key.n != 0 ? key : STR("") };
	const struct rule *found;
	int result;

	(void)deadline;
	if (key.n > EXPRESSION_KEY_MAX) {
		why_set(why, "a key of %zu bytes is too long to be matched", key.n);
		return ERR_TOO_LONG;
	}
	result = rule_set_find(&x->rules, &s, &found);
	if (result < 0) {
		say(s.code, why);
		return result;
	}
	/* Groups that took no part are PCRE2_UNSET, which is SIZE_MAX. */
	if (result > 0 &&
	    expression_add_result(found, s.key, pcre2_get_ovector_pointer(match_data), value) < 0) {
		why_set(why, "%s", err_text(ERR_TOO_LONG));
		return ERR_TOO_LONG;
	}
	return result;
}

static void
close_pcre(struct table *t)
{
	struct pcre_table *x = CONTAINER_OF(t, struct pcre_table, table);

	rule_set_drop(&x->rules);
	mem_free(x);
}

const struct table_type table_type_pcre = {
	.name = "pcre",
	.is_text = true,
	.is_pattern = true,
	.open = open_pcre,
	.find = find_pcre,
	.close = close_pcre,
};
