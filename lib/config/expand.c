/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recursive descent over the text; the C stack is the parser's, its depth is bounded. Names are
 * not followed here: find() answers values that are expanded already, and whoever owns the names
 * expands each once and sees loops (config.c). So the work is linear in text and output, whatever
 * the names refer to; expanding names in place would let ten lines of main.cf work for a year.
 *
 * A condition ${name?…} looks at the expanded value, as Postfix's manual says; Postfix's code looks
 * at the value as written.
 *
 *	text      = *(literal / "$$" / "$" name / "${" ref "}" / "$(" ref ")")
 *	ref       = [ws] (compare / call / name) [ws] [choice]
 *	compare   = group [ws] operator [ws] group
 *	call      = "domain_to_ascii" group
 *	choice    = "?" group [ws] [":" (group / text)] / "?" text / ":" group / ":" text
 *	group     = [ws] "{" text "}"
 */
#include "lib/config/expand.h"

#include "lib/base/err.h"
#include "lib/base/num.h"

struct expansion {
	const struct expand_source *source;
	struct buf *out;
	struct why *why;
	int depth;
};

#define OPERAND_MAX ((size_t)64 * 1024)
#define SHOWN(s)    (int)((s).n < 60 ? (s).n : 60), (s).p

static int expand_text(struct expansion *x, struct str text);

static bool
is_name_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

static size_t
name_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && is_name_char(s.p[n]))
		n++;
	return n;
}

static struct str
skip_blanks(struct str s)
{
	size_t n = 0;

	while (n < s.n && char_is_space(s.p[n]))
		n++;
	return str_from(s, n);
}

static bool
begins_with(struct str s, char c)
{
	return s.n != 0 && s.p[0] == c;
}

static int
emit(struct expansion *x, struct str bytes)
{
	int result = buf_add(x->out, bytes);

	if (result < 0)
		why_set(x->why, "the value would be longer than %zu bytes", x->out->max);
	return result;
}

static int
syntax(struct expansion *x, const char *expected, struct str at)
{
	if (at.n == 0)
		why_set(x->why, "%s expected at the end", expected);
	else
		why_set(x->why, "%s expected at \"%.*s\"", expected, SHOWN(at));
	return ERR_SYNTAX;
}

/* Takes what is between an opening character at the start of *rest and its match. */
static int
take_enclosed(struct expansion *x, struct str *rest, struct str *inner)
{
	char open = rest->p[0], close = open == '{' ? '}' : ')';
	size_t depth = 0;

	for (size_t i = 0; i < rest->n; i++) {
		depth += rest->p[i] == open;
		depth -= rest->p[i] == close;
		if (depth == 0) {
			*inner = str_part(*rest, 1, i - 1);
			*rest = str_from(*rest, i + 1);
			return 0;
		}
	}
	why_set(x->why, "\"%c\" without \"%c\" in \"%.*s\"", open, close, SHOWN(*rest));
	return ERR_SYNTAX;
}

static int
take_group(struct expansion *x, struct str *rest, struct str *inner)
{
	*rest = skip_blanks(*rest);
	if (!begins_with(*rest, '{'))
		return syntax(x, "\"{\"", *rest);
	return take_enclosed(x, rest, inner);
}

/* *value is empty where there is no such name; */
static int
find_value(struct expansion *x, struct str name, struct str *value)
{
	int result = x->source->find(x->source->context, name, value, x->why);

	if (result == 0)
		*value = STR_NONE;
	return result < 0 ? result : 0;
}

/* --- Comparisons --------------------------------------------------------------------------- */

enum {
	LESS = 1 << 0,
	EQUAL = 1 << 1,
	MORE = 1 << 2,
};

struct comparison {
	const char *text;
	int holds; /* for which orders */
	bool levels;
};

/* A longer one comes before its beginning. */
static const struct comparison operators[] = {
	{ "==level", EQUAL, true },
	{ "!=level", LESS | MORE, true },
	{ "<=level", LESS | EQUAL, true },
	{ ">=level", EQUAL | MORE, true },
	{ "<level", LESS, true },
	{ ">level", MORE, true },
	{ "==", EQUAL, false },
	{ "!=", LESS | MORE, false },
	{ "<=", LESS | EQUAL, false },
	{ ">=", EQUAL | MORE, false },
	{ "<", LESS, false },
	{ ">", MORE, false },
};

static const struct comparison *
take_operator(struct str *rest)
{
	*rest = skip_blanks(*rest);
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		if (str_starts(*rest, str_of(operators[i].text))) {
			*rest = str_from(*rest, strlen(operators[i].text));
			return &operators[i];
		}
	}
	return NULL;
}

/* level = 1*DIGIT *2("." 1*DIGIT), each below 1000 */
static int
parse_level(struct str text, uint64_t *out, struct why *why)
{
	uint64_t level = 0, number = 0;
	struct str rest = text, part = STR_NONE;
	int parts = 0;

	while (str_split(&rest, '.', &part)) {
		if (parts++ == 3 || num_parse(part, 999, &number) < 0) {
			parts = 0;
			break;
		}
		level = level * 1000 + number;
	}
	if (parts == 0) {
		why_set(why, "bad compatibility level \"%.*s\"", SHOWN(text));
		return ERR_SYNTAX;
	}
	for (; parts < 3; parts++)
		level *= 1000;
	*out = level;
	return 0;
}

int
expand_compare_levels(struct str a, struct str b, int *order, struct why *why)
{
	uint64_t left, right;
	int result = parse_level(a, &left, why);

	if (result == 0)
		result = parse_level(b, &right, why);
	if (result < 0)
		return result;
	*order = (left > right) - (left < right);
	return 0;
}

static struct str
digits_only(struct str s) /* without leading zeros; empty: it is not a number */
{
	size_t zeros = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!char_is_digit(s.p[i]))
			return STR_NONE;
	}
	while (zeros + 1 < s.n && s.p[zeros] == '0')
		zeros++;
	return str_from(s, zeros);
}

static int
compare_values(struct str a, struct str b)
{
	struct str left = digits_only(a), right = digits_only(b);

	if (left.n == 0 || right.n == 0)
		return str_compare(a, b);
	if (left.n != right.n)
		return left.n < right.n ? -1 : 1;
	return str_compare(left, right);
}

/* The expansion of `text` in *out. */
static int
expand_operand(struct expansion *x, struct str text, struct buf *out)
{
	struct expansion inner = {
		.source = x->source, .out = out, .why = x->why, .depth = x->depth
	};

	return expand_text(&inner, text);
}

static int
compare(struct expansion *x, const struct comparison *op, struct str a, struct str b, bool *holds)
{
	AUTO(buf) left = BUF_INIT(OPERAND_MAX);
	AUTO(buf) right = BUF_INIT(OPERAND_MAX);
	int order, result;

	result = expand_operand(x, a, &left);
	if (result == 0)
		result = expand_operand(x, b, &right);
	if (result < 0)
		return result;
	if (op->levels) {
		result = expand_compare_levels(buf_str(&left), buf_str(&right), &order, x->why);
		if (result < 0)
			return result;
	} else {
		order = compare_values(buf_str(&left), buf_str(&right));
	}
	*holds = (op->holds & (order < 0 ? LESS : order > 0 ? MORE : EQUAL)) != 0;
	return 0;
}

/* --- References ---------------------------------------------------------------------------- */

/* The text after ':': in braces, or all that is left. */
static int
expand_otherwise(struct expansion *x, struct str rest, bool taken)
{
	struct str text = rest;
	int result;

	if (begins_with(skip_blanks(rest), '{')) {
		result = take_group(x, &rest, &text);
		if (result < 0)
			return result;
		rest = skip_blanks(rest);
		if (rest.n != 0)
			return syntax(x, "\"}\"", rest);
	}
	return taken ? expand_text(x, text) : 0;
}

static int
expand_choice(struct expansion *x, struct str rest, bool condition)
{
	bool negated = rest.p[0] == ':';
	struct str text;
	int result;

	rest = str_from(rest, 1);
	if (negated || !begins_with(skip_blanks(rest), '{'))
		return expand_otherwise(x, rest, condition != negated);
	result = take_group(x, &rest, &text);
	if (result == 0 && condition)
		result = expand_text(x, text);
	rest = skip_blanks(rest);
	if (result < 0 || rest.n == 0)
		return result;
	if (rest.p[0] != ':')
		return syntax(x, "\":\"", rest);
	return expand_otherwise(x, str_from(rest, 1), !condition);
}

/* What a reference stands for: a choice by its condition, or the value itself. */
static int
expand_result(struct expansion *x, struct str rest, struct str value)
{
	rest = skip_blanks(rest);
	if (rest.n == 0)
		return emit(x, value);
	if (rest.p[0] != '?' && rest.p[0] != ':')
		return syntax(x, "\"?\" or \":\"", rest);
	return expand_choice(x, rest, value.n != 0);
}

static int
expand_comparison(struct expansion *x, struct str rest)
{
	const struct comparison *op;
	struct str left, right;
	bool holds = false;
	int result = take_group(x, &rest, &left);

	if (result < 0)
		return result;
	op = take_operator(&rest);
	if (op == NULL)
		return syntax(x, "a comparison", rest);
	result = take_group(x, &rest, &right);
	if (result == 0)
		result = compare(x, op, left, right, &holds);
	if (result < 0)
		return result;
	return expand_result(x, rest, holds ? STR("true") : STR_NONE);
}

static int
expand_call(struct expansion *x, struct str name, struct str rest)
{
	AUTO(buf) value = BUF_INIT(OPERAND_MAX);
	struct str text;
	int result;

	if (!str_equal(name, STR("domain_to_ascii"))) {
		why_set(x->why, "there is no function \"%.*s\"", SHOWN(name));
		return ERR_SYNTAX;
	}
	result = take_group(x, &rest, &text);
	if (result == 0)
		result = expand_operand(x, text, &value);
	if (result < 0)
		return result;
	if (!str_is_ascii(buf_str(&value))) {
		why_set(x->why,
		    "domain_to_ascii: \"%s\" is not in ASCII; write it in its xn-- form",
		    buf_text(&value));
		return ERR_UNSUPPORTED;
	}
	for (size_t i = 0; i < value.n; i++)
		value.p[i] = char_lower(value.p[i]);
	return expand_result(x, rest, buf_str(&value));
}

/* What stands between the braces of ${…}. */
static int
expand_reference(struct expansion *x, struct str inner)
{
	struct str rest = skip_blanks(inner), name, value;
	int result;

	if (begins_with(rest, '{'))
		return expand_comparison(x, rest);
	name = str_part(rest, 0, name_length(rest));
	if (name.n == 0)
		return syntax(x, "a name", rest);
	rest = str_from(rest, name.n);
	if (begins_with(rest, '{'))
		return expand_call(x, name, rest);
	result = find_value(x, name, &value);
	if (result < 0)
		return result;
	return expand_result(x, rest, value);
}

/* After a '$'. */
static int
expand_dollar(struct expansion *x, struct str *rest)
{
	struct str inner, value;
	size_t n = name_length(*rest);
	int result;

	if (begins_with(*rest, '$')) {
		*rest = str_from(*rest, 1);
		return emit(x, STR("$"));
	}
	if (begins_with(*rest, '{') || begins_with(*rest, '(')) {
		result = take_enclosed(x, rest, &inner);
		return result < 0 ? result : expand_reference(x, inner);
	}
	if (n == 0)
		return syntax(x, "a name after \"$\"", *rest);
	result = find_value(x, str_part(*rest, 0, n), &value);
	*rest = str_from(*rest, n);
	return result < 0 ? result : emit(x, value);
}

static int
expand_text(struct expansion *x, struct str text)
{
	int result = 0;

	if (x->depth == EXPAND_DEPTH_MAX) {
		why_set(x->why, "more than %d levels of braces", EXPAND_DEPTH_MAX);
		return ERR_SYNTAX;
	}
	x->depth++;
	while (result == 0 && text.n != 0) {
		size_t dollar = str_index(text, '$');

		result = emit(x, str_part(text, 0, dollar));
		if (dollar == text.n)
			break;
		text = str_from(text, dollar + 1);
		if (result == 0)
			result = expand_dollar(x, &text);
	}
	x->depth--;
	return result;
}

int
expand(struct str text, const struct expand_source *source, struct buf *out, struct why *why)
{
	struct expansion x = { .source = source, .out = out, .why = why, .depth = 0 };

	return expand_text(&x, text);
}

void
expand_each_name(struct str text, void (*see)(void *context, struct str name), void *context)
{
	size_t dollar;

	while ((dollar = str_index(text, '$')) != text.n) {
		struct str name;

		text = str_from(text, dollar + 1);
		if (begins_with(text, '$')) {
			text = str_from(text, 1);
			continue;
		}
		if (begins_with(text, '{') || begins_with(text, '('))
			text = skip_blanks(str_from(text, 1));
		name = str_part(text, 0, name_length(text));
		text = str_from(text, name.n);
		if (name.n != 0 && !begins_with(text, '{'))
			see(context, name);
	}
}

bool
expand_is_name(struct str name)
{
	return name.n != 0 && name_length(name) == name.n;
}
