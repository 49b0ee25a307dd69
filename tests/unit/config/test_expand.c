/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/config/expand.h"

/* What the names in the rows stand for. */
static int
find(void *context, struct str name, struct str *value, struct why *why)
{
	(void)context;
	if (str_equal(name, STR("x")))
		*value = STR("X");
	else if (str_equal(name, STR("two")))
		*value = STR("$x y");
	else if (str_equal(name, STR("level")))
		*value = STR("3.6");
	else if (str_equal(name, STR("empty")))
		*value = STR("");
	else if (str_equal(name, STR("bad")))
		return why_set(why, "bad: broken"), ERR_LOOP;
	else
		return 0;
	return 1;
}

static const struct expand_source source = { .find = find };

static void
test_expansions(void **state)
{
	static const struct {
		const char *name, *text, *result;
	} rows[] = {
		{ "nothing", "", "" },
		{ "no dollar", "a b", "a b" },
		{ "dollar", "a$$b$$", "a$b$" },
		{ "dollar before a name", "$$$x", "$X" },
		{ "plain", "<$x>", "<X>" },
		{ "plain ends at a dot", "$x.$x", "X.X" },
		{ "braces", "${x}y", "Xy" },
		{ "parentheses", "$(x)y", "Xy" },
		{ "parentheses with a choice", "$(x?{y})", "y" },
		{ "blanks inside", "${ x }", "X" },
		{ "values are not expanded again", "$two", "$x y" },
		{ "undefined is empty", "<$nosuch>", "<>" },
		{ "then, old style", "${x?yes}", "yes" },
		{ "then, old style, not taken", "${empty?yes}", "" },
		{ "then keeps blanks", "${x? y }", " y " },
		{ "then of nothing", "${x?}", "" },
		{ "then has a colon inside", "${x?a:b}", "a:b" },
		{ "else, old style", "${empty:no}", "no" },
		{ "else, old style, not taken", "${x:no}", "" },
		{ "else of the undefined", "${nosuch:no}", "no" },
		{ "then in braces", "${x?{a}}", "a" },
		{ "then in braces keeps blanks", "${x?{ a }}", " a " },
		{ "blanks around braces", "${x ? {a} }", "a" },
		{ "then and else: then", "${x?{a}:{b}}", "a" },
		{ "then and else: else", "${empty?{a}:{b}}", "b" },
		{ "then and else, blanks", "${ empty ? {a} : {b} }", "b" },
		{ "else without braces", "${empty?{a}:b}", "b" },
		{ "else in braces", "${empty:{a}}", "a" },
		{ "nested", "${x?{<$x>}:{b}}", "<X>" },
		{ "nested braces", "${x?{${empty?{a}:{${x}}}}}", "X" },
		{ "braces outside are text", "{a $x}", "{a X}" },
		{ "equal", "${{a}=={a}?{t}:{f}}", "t" },
		{ "equal, blanks", "${ {a} == {a} ? {t} : {f} }", "t" },
		{ "blanks in operands count", "${{ a}=={a}?{t}:{f}}", "f" },
		{ "not equal", "${{a}!={a}?{t}:{f}}", "f" },
		{ "empty operands", "${{}=={}?{t}:{f}}", "t" },
		{ "operands are expanded", "${{$x}=={X}?{t}:{f}}", "t" },
		{ "numbers", "${{10}<{9}?{t}:{f}}", "f" },
		{ "numbers with zeros", "${{007}=={7}?{t}:{f}}", "t" },
		{ "zeros", "${{00}=={0}?{t}:{f}}", "t" },
		{ "long numbers", "${{99999999999999999999}>{99999999999999999998}?{t}:{f}}", "t" },
		{ "texts", "${{10x}<{9x}?{t}:{f}}", "t" },
		{ "a number and a text", "${{10}<{9x}?{t}:{f}}", "t" },
		{ "less or equal", "${{3}<={3}?{t}:{f}}", "t" },
		{ "more or equal", "${{2}>={3}?{t}:{f}}", "f" },
		{ "more", "${{3}>{2}?{t}:{f}}", "t" },
		{ "comparison without choice: true", "${{a}=={a}}", "true" },
		{ "comparison without choice: false", "${{a}=={b}}", "" },
		{ "comparison, only else", "${{a}=={b}:{f}}", "f" },
		{ "comparison, old style", "${{a}=={a}?t}", "t" },
		{ "levels", "${{3.6}<level{3.10}?{t}:{f}}", "t" },
		{ "levels of a value", "${{$level} <level {3.6} ? {t}:{f}}", "f" },
		{ "levels: equal", "${{3}==level{3.0.0}?{t}:{f}}", "t" },
		{ "levels: not equal", "${{3}!=level{3.0.1}?{t}:{f}}", "t" },
		{ "levels: less or equal", "${{3.6}<=level{3.6}?{t}:{f}}", "t" },
		{ "levels: more or equal", "${{3.5}>=level{3.6}?{t}:{f}}", "f" },
		{ "levels: more", "${{4}>level{3.99}?{t}:{f}}", "t" },
		{ "function", "${domain_to_ascii{Example.$x}}", "example.x" },
		{ "function with a choice", "${domain_to_ascii{}:{none}}", "none" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);
		struct why why = WHY_INIT;
		int result = expand(str_of(rows[i].text), &source, &out, &why);

		if (result != 0 || strcmp(buf_text(&out), rows[i].result) != 0)
			fail_msg(
			    "%s: %d \"%s\" (%s)", rows[i].name, result, buf_text(&out), why.text);
	}
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *name, *text;
		int result;
		const char *words;
	} rows[] = {
		{ "lone dollar", "$", ERR_SYNTAX, "a name after \"$\" expected at the end" },
		{ "dollar and a blank", "a$ b", ERR_SYNTAX,
		    "a name after \"$\" expected at \" b\"" },
		{ "open brace", "${x", ERR_SYNTAX, "\"{\" without \"}\" in \"{x\"" },
		{ "open parenthesis", "$(x", ERR_SYNTAX, "\"(\" without \")\" in \"(x\"" },
		{ "no name", "${}", ERR_SYNTAX, "a name expected at the end" },
		{ "bad name", "${a-b}", ERR_SYNTAX, "\"?\" or \":\" expected at \"-b\"" },
		{ "after then", "${x?{a}b}", ERR_SYNTAX, "\":\" expected at \"b\"" },
		{ "after else", "${x?{a}:{b}c}", ERR_SYNTAX, "\"}\" expected at \"c\"" },
		{ "two elses", "${x:{a}:{b}}", ERR_SYNTAX, "\"}\" expected at \":{b}\"" },
		{ "operator", "${{a}=~{b}?{t}:{f}}", ERR_SYNTAX,
		    "a comparison expected at \"=~{b}?{t}:{f}\"" },
		{ "right operand", "${{a}==}", ERR_SYNTAX, "\"{\" expected at the end" },
		{ "right operand's brace", "${{a}==b}", ERR_SYNTAX, "\"{\" expected at \"b\"" },
		{ "level", "${{3.x}<level{3}?{t}:{f}}", ERR_SYNTAX,
		    "bad compatibility level \"3.x\"" },
		{ "level of four", "${{3}<level{1.2.3.4}?{t}:{f}}", ERR_SYNTAX,
		    "bad compatibility level \"1.2.3.4\"" },
		{ "empty level", "${{}<level{3}?{t}:{f}}", ERR_SYNTAX,
		    "bad compatibility level \"\"" },
		{ "function", "${nosuch{a}}", ERR_SYNTAX, "there is no function \"nosuch\"" },
		{ "function's text", "${domain_to_ascii{\xc3\xa9}}", ERR_UNSUPPORTED,
		    "domain_to_ascii: \"\xc3\xa9\" is not in ASCII; write it in its xn-- form" },
		{ "failing name", "${bad}", ERR_LOOP, "bad: broken" },
		{ "failing name in an operand", "${{$bad}=={a}}", ERR_LOOP, "bad: broken" },
		{ "too long", "$x$x$x$x$x$x$x$x$x$x$x", ERR_TOO_LONG,
		    "the value would be longer than 10 bytes" },
		{ "not taken, yet broken", "${empty?{a}b}", ERR_SYNTAX, "\":\" expected at \"b\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(10);
		struct why why = WHY_INIT;
		int result = expand(str_of(rows[i].text), &source, &out, &why);

		if (result != rows[i].result || strcmp(why.text, rows[i].words) != 0)
			fail_msg("%s: %d (%s)", rows[i].name, result, why.text);
	}
}

static void
test_depth_is_bounded(void **state)
{
	AUTO(buf) text = BUF_INIT(10000);
	AUTO(buf) out = BUF_INIT(10);
	struct why why;

	(void)state;
	for (int i = 0; i < EXPAND_DEPTH_MAX; i++)
		assert_int_equal(buf_add(&text, STR("${x?{")), 0);
	for (int i = 0; i < EXPAND_DEPTH_MAX; i++)
		assert_int_equal(buf_add(&text, STR("}}")), 0);
	assert_int_equal(expand(buf_str(&text), &source, &out, &why), ERR_SYNTAX);
	assert_string_equal(why.text, "more than 50 levels of braces");
	/* One level less is fine: the outermost text is a level too. */
	text.n -= 2;
	assert_int_equal(expand(str_from(buf_str(&text), 5), &source, &out, &why), 0);
}

static void
see(void *context, struct str name)
{
	struct buf *names = context;

	assert_int_equal(buf_addf(names, "%.*s ", STR_ARG(name)), 0);
}

static void
test_each_name(void **state)
{
	static const struct {
		const char *name, *text, *names;
	} rows[] = {
		{ "none", "a $$b c", "" },
		{ "every form", "$a ${b} $(c) ${ d ? {e}}", "a b c d " },
		{ "in both choices", "${a?{$b}:{${c:{$d}}}}", "a b c d " },
		{ "in comparisons", "${{$a} == {$b} ? {$c}:{d}}", "a b c " },
		{ "not functions", "${domain_to_ascii{$a}}", "a " },
		{ "broken text", "$ ${ $a ${{$b", "a b " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) names = BUF_INIT(1000);

		expand_each_name(str_of(rows[i].text), see, &names);
		if (strcmp(buf_text(&names), rows[i].names) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&names));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expansions),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_each_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
