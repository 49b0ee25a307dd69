/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regexp:/file and regexp:{{ /pattern/flags result }, …}: POSIX regular expressions. See rule_set.h.
 *
 *	pattern	= delimiter expression delimiter [flags]
 *	flags	= *("i" / "m" / "x")	; each turns its default round
 *
 * A delimiter is any visible byte that is neither letter, digit nor backslash. By default case does
 * not count (i), ^ and $ match only at the ends of the key (m), the syntax is the extended one (x).
 * In the result, $1 to $9, ${1} and $(1) stand for what matched between parentheses, $$ for "$".
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
#include "lib/table/rule_set.h"
#include "lib/table/table_type.h"

#define GROUPS_MAX    10
#define SHORT_KEY_MAX ((size_t)1024)

struct regexp_table {
	struct table table;
	struct rule_set rules;
};

struct pattern {
	regex_t compiled;
	size_t groups; /* 1 + the highest that the result uses; 0: it uses none */
};

/* --- Reading the rules --------------------------------------------------------------------- */

static bool
is_delimiter(char c)
{
	return c > ' ' && c < 0x7f && !char_is_alnum(c) && c != '\\';
}

/* Takes /expression/ off *text; a backslash takes the next byte with it. */
static int
take_expression(struct str *text, struct str *expression, struct why *why)
{
	size_t i = 1;

	if (text->n == 0 || !is_delimiter(text->p[0])) {
		why_set(why, "a pattern between delimiters is expected, as in /pattern/");
		return ERR_SYNTAX;
	}
	while (i < text->n && text->p[i] != text->p[0])
		i += text->p[i] == '\\' ? 2 : 1;
	if (i >= text->n) {
		why_set(why, "the pattern has no closing \"%c\"", text->p[0]);
		return ERR_SYNTAX;
	}
	*expression = str_part(*text, 1, i - 1);
	*text = str_from(*text, i + 1);
	return 0;
}

static int
take_flags(struct str *text, int *flags, struct why *why)
{
	*flags = REG_EXTENDED | REG_ICASE;
	for (; text->n != 0 && !char_is_space(text->p[0]); *text = str_from(*text, 1)) {
		switch (text->p[0]) {
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
			why_set(why, "unknown flag \"%c\" after the pattern", text->p[0]);
			return ERR_SYNTAX;
		}
	}
	return 0;
}

static int
take_pattern(struct arena *a, struct str *text, void **out, struct why *why)
{
	struct pattern *p = ARENA_NEW(a, struct pattern);
	struct str expression;
	char words[200];
	int flags, result;

	result = take_expression(text, &expression, why);
	if (result == 0)
		result = take_flags(text, &flags, why);
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

static void
drop_pattern(void *pattern)
{
	struct pattern *p = pattern;

	regfree(&p->compiled);
}

/* --- Results ------------------------------------------------------------------------------- */

struct piece {
	struct str text;
	int group; /* -1: only text */
};

/*
 * Takes text up to the next $, and what it stands for, off *rest: 1, 0 at the end, ERR_SYNTAX.
 *	substitution = "$" ("$" / DIGIT / "{" DIGIT "}" / "(" DIGIT ")")
 */
static int
take_piece(struct str *rest, struct piece *out)
{
	size_t at = str_index(*rest, '$');
	bool in_braces;

	if (rest->n == 0)
		return 0;
	*out = (struct piece){ .text = str_part(*rest, 0, at), .group = -1 };
	*rest = str_from(*rest, at);
	if (rest->n == 0)
		return 1;
	if (str_starts(*rest, STR("$$"))) {
		out->text.n++; /* the first of both */
		*rest = str_from(*rest, 2);
		return 1;
	}
	in_braces = str_starts(*rest, STR("${")) || str_starts(*rest, STR("$("));
	at = in_braces ? 2 : 1;
	if (at >= rest->n || !char_is_digit(rest->p[at]))
		return ERR_SYNTAX;
	if (in_braces && (at + 1 >= rest->n || rest->p[at + 1] != (rest->p[1] == '{' ? '}' : ')')))
		return ERR_SYNTAX;
	out->group = rest->p[at] - '0';
	*rest = str_from(*rest, at + (in_braces ? 2 : 1));
	return 1;
}

static int
check_result(const struct rule *r, struct why *why)
{
	struct pattern *p = r->pattern;
	struct str rest = r->result;
	struct piece piece;
	int result;

	while ((result = take_piece(&rest, &piece)) > 0) {
		if (piece.group < 0)
			continue;
		if (r->negated) {
			why_set(
			    why, "$%d in the result of a rule that does not match", piece.group);
			return ERR_SYNTAX;
		}
		if (piece.group == 0 || (size_t)piece.group > p->compiled.re_nsub) {
			why_set(why, "$%d in the result, but the pattern has %zu groups",
			    piece.group, p->compiled.re_nsub);
			return ERR_SYNTAX;
		}
		if (p->groups <= (size_t)piece.group)
			p->groups = (size_t)piece.group + 1;
	}
	if (result < 0)
		why_set(why, "\"$\" is followed by neither \"$\" nor a digit: \"%.*s\"",
		    (int)rest.n, rest.p);
	return result;
}

static int
add_result(const struct rule *r, struct str key, const regmatch_t *groups, struct buf *value)
{
	struct str rest = r->result;
	struct piece piece;
	int result = 0;

	while (result == 0 && take_piece(&rest, &piece) > 0) {
		const regmatch_t *g = piece.group > 0 ? &groups[piece.group] : NULL;

		result = buf_add(value, piece.text);
		if (result == 0 && g != NULL && g->rm_so >= 0)
			result = buf_add(
			    value, str_part(key, (size_t)g->rm_so, (size_t)(g->rm_eo - g->rm_so)));
	}
	return result;
}

/* --- Look-up ------------------------------------------------------------------------------- */

struct search {
	const struct rule_set *rules;
	struct str key;
	regmatch_t groups[GROUPS_MAX];
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
	result = regexec(&p->compiled, s->key.p, p->groups, s->groups, REG_STARTEND);
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
	AUTO(buf) copy = BUF_INIT(key.n + 1);
	struct search s = { .rules = &x->rules };
	int result;

	(void)deadline;
	BUG_ON(buf_add(&copy, key) < 0 || buf_add_byte(&copy, '\0') < 0);
	s.key = str_make(copy.p, key.n);
	if (key.n > SHORT_KEY_MAX && task_self() != NULL)
		result = offload(search, &s);
	else
		result = search(&s);
	if (result > 0)
		result = add_result(s.found, s.key, s.groups, value) < 0 ? ERR_TOO_LONG : 1;
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
	.is_pattern = true,
	.open = open_regexp,
	.find = find_regexp,
	.close = close_regexp,
};
