/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/scratch.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/process.h"
#include "lib/table/index_file.h"
#include "lib/table/settings.h"
#include "lib/table/table.h"
#include "tests/unit/run/in_loop.h"

/* What a table opened by `name` has for `key`: the value, "(none)", or the words of a failure. */
static const char *
ask(const char *name, unsigned flags, const char *key, struct buf *value)
{
	static struct why why;
	struct table *t = table_open(name, flags, &why);
	int found;

	if (t == NULL)
		return why.text;
	assert_string_equal(table_name(t), name);
	found = table_find(t, str_of(key), value, TICKS_NEVER, &why);
	table_close(t);
	if (found < 0)
		return why.text;
	return found > 0 ? buf_text(value) : "(none)";
}

static void
test_look_ups(void **state)
{
	static const struct {
		const char *table;
		unsigned flags;
		const char *key;
		const char *answer;
	} rows[] = {
		/* names */
		{ "hash", 0, "",
		    "\"hash\" is no table: type:name is expected, as in hash:/etc/aliases" },
		{ "hash:", 0, "",
		    "\"hash:\" is no table: type:name is expected, as in hash:/etc/aliases" },
		{ ":x", 0, "",
		    "\":x\" is no table: type:name is expected, as in hash:/etc/aliases" },
		{ "nis:x", 0, "", "nis:x: tables of the type \"nis\" are not supported" },
		{ "proxy:static:a", 0, "k", "a" },
		{ "proxy:", 0, "k",
		    "\"proxy:\" is no table: type:name is expected, as in hash:/etc/aliases" },
		{ "proxy:hash:", 0, "k",
		    "proxy:hash:: \"hash:\" is no table: type:name is expected, as in "
		    "hash:/etc/aliases" },
		{ "hash:/missing", TABLE_LATE, "k",
		    "hash:/missing: cannot open /missing.db: No such file or directory" },
		{ "nis:x", TABLE_LATE, "", "nis:x: tables of the type \"nis\" are not supported" },
		/* static */
		{ "static:all", 0, "any key", "all" },
		{ "static:{ two words }", 0, "", "two words" },
		{ "static:{}", 0, "", "" },
		{ "static:{x} y", 0, "",
		    "static:{x} y: blank or comma expected after \"}\" in \"{x} y\"" },
		/* inline */
		{ "inline:{a=b}", 0, "a", "b" },
		{ "inline:{a=b}", 0, "A", "(none)" },
		{ "inline:{a=b}", TABLE_FOLD, "A", "b" },
		{ "inline:{A=b}", TABLE_FOLD, "a", "b" },
		{ "inline:{a=b, { c = d, e } f=g}", 0, "c", "d, e" },
		{ "inline:{a=b, { c = d, e } f=g}", 0, "f", "g" },
		{ "inline:{a=b=c}", 0, "a", "b=c" },
		{ "inline:{a=}", 0, "a", "" },
		{ "inline:{}", 0, "a", "(none)" },
		{ "inline:{a=b,a=c}", 0, "a", "inline:{a=b,a=c}: the key \"a\" is there twice" },
		{ "inline:a=b", 0, "a", "inline:a=b: inline:{ key=value, … } is expected" },
		{ "inline:{a}", 0, "a", "inline:{a}: \"=\" expected after the name in \"a\"" },
		{ "inline:{a=b", 0, "a", "inline:{a=b: \"{\" without \"}\" in \"{a=b\"" },
		{ "inline:{a={b}", 0, "a", "inline:{a={b}: \"{\" without \"}\" in \"{a={b}\"" },
		{ "inline:{{a=b} c}", 0, "a",
		    "inline:{{a=b} c}: \"=\" expected after the name in \"c\"" },
		/* cidr */
		{ "cidr:{{192.0.2.0/24 yes}, {::/0 six}}", 0, "192.0.2.7", "yes" },
		{ "cidr:{{192.0.2.0/24 yes}, {::/0 six}}", 0, "::1", "six" },
		{ "cidr:{{192.0.2.0/24 yes}, {::/0 six}}", 0, "192.0.3.7", "(none)" },
		{ "cidr:{{192.0.2.0/24 yes}}", 0, "example.com", "(none)" },
		{ "cidr:{{!192.0.2.0/24 outside}}", 0, "192.0.3.7", "outside" },
		{ "cidr:{{!192.0.2.0/24 outside}}", 0, "192.0.2.7", "(none)" },
		{ "cidr:{{if 10.0.0.0/8},{10.1.0.0/16 in},{endif},{10.0.0.0/8 out}}", 0, "10.1.2.3",
		    "in" },
		{ "cidr:{{if 10.0.0.0/8},{10.1.0.0/16 in},{endif},{10.0.0.0/8 out}}", 0, "10.2.2.3",
		    "out" },
		{ "cidr:{{if !10.0.0.0/8},{0.0.0.0/0 in},{endif},{0.0.0.0/0 out}}", 0, "10.2.2.3",
		    "out" },
		{ "cidr:{{if !10.0.0.0/8},{0.0.0.0/0 in},{endif},{0.0.0.0/0 out}}", 0, "11.2.2.3",
		    "in" },
		{ "cidr:{{10.0.0.1/8 x}}", 0, "",
		    "cidr:{{10.0.0.1/8 x}}: rule 1: \"10.0.0.1/8\" has bits set beyond its length "
		    "of 8" },
		{ "cidr:{{1.2.3.4}}", 0, "",
		    "cidr:{{1.2.3.4}}: rule 1: a result is expected after the pattern" },
		{ "cidr:{{if 1.2.3.4}}", 0, "", "cidr:{{if 1.2.3.4}}: \"if\" without \"endif\"" },
		{ "cidr:{{endif}}", 0, "", "cidr:{{endif}}: rule 1: \"endif\" without \"if\"" },
		{ "cidr:{{if 1.2.3.4 x}}", 0, "",
		    "cidr:{{if 1.2.3.4 x}}: rule 1: nothing may follow the pattern of an \"if\"" },
		{ "cidr:{{if 1.2.3.4},{endif x}}", 0, "",
		    "cidr:{{if 1.2.3.4},{endif x}}: rule 2: nothing may follow \"endif\"" },
		{ "cidr:{{!}}", 0, "", "cidr:{{!}}: rule 1: a network is expected" },
		/* regexp */
		{ "regexp:{{/^a(.)c$/ got $1}}", 0, "abc", "got b" },
		{ "regexp:{{/^a(.)c$/ got $1}}", 0, "aBC", "got B" },
		{ "regexp:{{/^a(.)c$/i got $1}}", 0, "aBC", "(none)" },
		{ "regexp:{{/(.)(.)/ ${2}$(1)$$1}}", 0, "ab", "ba$1" },
		{ "regexp:{{/a(x)?b/ [$1]}}", 0, "ab", "[]" },
		{ "regexp:{{/a(b)c/x x}}", 0, "a(b)c", "x" },
		{ "regexp:{{/a(b)c/x x}}", 0, "abc", "(none)" },
		{ "regexp:{{/^b/ x}}", 0, "a\nb", "(none)" },
		{ "regexp:{{/^b/m x}}", 0, "a\nb", "x" },
		{ "regexp:{{,a/b,i x}}", 0, "a/b", "x" },
		{ "regexp:{{/a\\/b/ x}}", 0, "a/b", "x" },
		{ "regexp:{{!/a/ no a}}", 0, "b", "no a" },
		{ "regexp:{{!/a/ no a}}", 0, "a", "(none)" },
		{ "regexp:{{!!/a/ a}}", 0, "a", "a" },
		{ "regexp:{{if /a/},{/b/ both},{endif},{/./ rest}}", 0, "ab", "both" },
		{ "regexp:{{if /a/},{/b/ both},{endif},{/./ rest}}", 0, "a", "rest" },
		{ "regexp:{{if !/a/},{if/b/},{/./ b}, {endif},{ENDIF},{/./ rest}}", 0, "b", "b" },
		{ "regexp:{{if !/a/},{if/b/},{/./ b}, {endif},{ENDIF},{/./ rest}}", 0, "c",
		    "rest" },
		{ "regexp:{{/a/ x}}", TABLE_FOLD, "A", "x" },
		{ "regexp:{{/^$/ empty}}", 0, "", "empty" },
		{ "regexp:{{a x}}", 0, "",
		    "regexp:{{a x}}: rule 1: a pattern between delimiters is expected, as in "
		    "/pattern/" },
		{ "regexp:{{/a x}}", 0, "",
		    "regexp:{{/a x}}: rule 1: the pattern has no closing \"/\"" },
		{ "regexp:{{/a\\}}", 0, "",
		    "regexp:{{/a\\}}: rule 1: the pattern has no closing \"/\"" },
		{ "regexp:{{/a/}}", 0, "",
		    "regexp:{{/a/}}: rule 1: a result is expected after the pattern" },
		{ "regexp:{{/a/q x}}", 0, "",
		    "regexp:{{/a/q x}}: rule 1: unknown flag \"q\" after the pattern" },
		{ "regexp:{{/a(/ x}}", 0, "", "regexp:{{/a(/ x}}: rule 1: Unmatched ( or \\(" },
		{ "regexp:{{/a/ $1}}", 0, "",
		    "regexp:{{/a/ $1}}: rule 1: $1 in the result, but the pattern has 0 groups" },
		{ "regexp:{{/a/ $0}}", 0, "",
		    "regexp:{{/a/ $0}}: rule 1: $0 in the result, but the pattern has 0 groups" },
		{ "regexp:{{!/(a)/ $1}}", 0, "",
		    "regexp:{{!/(a)/ $1}}: rule 1: $1 in the result of a rule that does not "
		    "match" },
		{ "regexp:{{/(a)/ $x}}", 0, "",
		    "regexp:{{/(a)/ $x}}: rule 1: \"$\" is followed by neither \"$\" nor a digit: "
		    "\"$x\"" },
		{ "regexp:{{/(a)/ a$}}", 0, "",
		    "regexp:{{/(a)/ a$}}: rule 1: \"$\" is followed by neither \"$\" nor a digit: "
		    "\"$\"" },
		{ "regexp:{{/(a)/ ${1)}}", 0, "",
		    "regexp:{{/(a)/ ${1)}}: \"{\" without \"}\" in \"{{/(a)/ ${1)}}\"" },
		{ "regexp:{{/(a)/ $(12)}}", 0, "",
		    "regexp:{{/(a)/ $(12)}}: rule 1: $12 in the result, but the pattern has 1 "
		    "groups" },
		{ "regexp:{{/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)/ $11$1}}", 0, "abcdefghijk", "ka" },
		/* pcre */
		{ "pcre:{{/^a(.)c$/ got $1}}", 0, "aBC", "got B" },
		{ "pcre:{{/^a(.)c$/i got $1}}", 0, "aBC", "(none)" },
		{ "pcre:{{/(?<first>.)(.)/ ${2}$(1)$$1}}", 0, "ab", "ba$1" },
		{ "pcre:{{/a(x)?b(y)?/ [$1$2]}}", 0, "ab", "[]" },
		{ "pcre:{{/a.b/ x}}", 0, "a\nb", "x" },
		{ "pcre:{{/a.b/s x}}", 0, "a\nb", "(none)" },
		{ "pcre:{{/^b/ x}}", 0, "a\nb", "(none)" },
		{ "pcre:{{/^b/m x}}", 0, "a\nb", "x" },
		{ "pcre:{{/a b/x x}}", 0, "ab", "x" },
		{ "pcre:{{/b/A x}}", 0, "ab", "(none)" },
		{ "pcre:{{/b$/ x}}", 0, "b\n", "x" },
		{ "pcre:{{/b$/E x}}", 0, "b\n", "(none)" },
		{ "pcre:{{/(a+)/U $1}}", 0, "aaa", "a" },
		{ "pcre:{{/(a+)/XX $1}}", 0, "aaa", "aaa" },
		{ "pcre:{{/a\\/b/ x}}", 0, "a/b", "x" },
		{ "pcre:{{!/a/ no a}}", 0, "b", "no a" },
		{ "pcre:{{!/a/ no a}}", 0, "a", "(none)" },
		{ "pcre:{{if /a/},{/b/ both},{endif},{/./ rest}}", 0, "ab", "both" },
		{ "pcre:{{if /a/},{/b/ both},{endif},{/./ rest}}", 0, "a", "rest" },
		{ "pcre:{{if !/a/},{/b/ b},{endif},{/./ rest}}", 0, "b", "b" },
		{ "pcre:{{/^$/ empty}}", 0, "", "empty" },
		{ "pcre:{{/(?=x)/ x}}", TABLE_FOLD, "X", "x" },
		{ "pcre:{{/(a+)+$/ x}}", 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
		    "pcre:{{/(a+)+$/ x}}: match limit exceeded" },
		{ "pcre:{{/a(/ x}}", 0, "",
		    "pcre:{{/a(/ x}}: rule 1: at byte 2 of the pattern: missing closing "
		    "parenthesis" },
		{ "pcre:{{/a/q x}}", 0, "",
		    "pcre:{{/a/q x}}: rule 1: unknown flag \"q\" after the pattern" },
		{ "pcre:{{/a/ $1}}", 0, "",
		    "pcre:{{/a/ $1}}: rule 1: $1 in the result, but the pattern has 0 groups" },
		{ "pcre:{{if /a/}}", 0, "", "pcre:{{if /a/}}: \"if\" without \"endif\"" },
		{ "pcre:/no/such/file", 0, "", "pcre:/no/such/file: No such file or directory" },
		/* environ */
		{ "environ:", 0, "TABLE_TEST", "Value" },
		{ "environ:x", TABLE_FOLD, "TABLE_TEST", "Value" },
		{ "environ:", 0, "TABLE_TEST=V", "(none)" },
		{ "environ:", 0, "NO_SUCH_VARIABLE", "(none)" },
		{ "environ:", 0, "", "(none)" },
		/* tables of tables */
		{ "unionmap:{inline:{a=1,b=2},inline:{a=3},static:}", 0, "a",
		    "unionmap:{inline:{a=1,b=2},inline:{a=3},static:}: \"static:\" is no table: "
		    "type:name is expected, as in hash:/etc/aliases" },
		{ "unionmap:{inline:{a=1,b=2},inline:{a=3}}", 0, "a", "1,3" },
		{ "unionmap:{inline:{a=1,b=2},inline:{a=3}}", TABLE_FOLD, "B", "2" },
		{ "unionmap:{inline:{a=1,b=2},inline:{a=3}}", 0, "c", "(none)" },
		{ "unionmap:{inline:{a=1}, fail:x, inline:{a=2}}", 0, "a",
		    "unionmap:{inline:{a=1}, fail:x, inline:{a=2}}: fail:x: this table always "
		    "fails" },
		{ "unionmap:{inline:{a=}, static:{}, inline:{a=2}}", 0, "a", "2" },
		{ "unionmap:{}", 0, "",
		    "unionmap:{}: at least one table is expected between the braces" },
		{ "unionmap:static:x", 0, "", "unionmap:static:x: { type:name, … } is expected" },
		{ "unionmap:{static:x", 0, "",
		    "unionmap:{static:x: \"{\" without \"}\" in \"{static:x\"" },
		{ "unionmap:{static:x} y", 0, "",
		    "unionmap:{static:x} y: blank or comma expected after \"}\" in "
		    "\"{static:x} y\"" },
		{ "unionmap:{ { inline:{ { a = b c } } }, static:d }", 0, "a", "b c,d" },
		{ "pipemap:{inline:{a=b},inline:{b=c}}", 0, "a", "c" },
		{ "pipemap:{inline:{a=b},inline:{a=c}}", 0, "a", "(none)" },
		{ "pipemap:{inline:{a=B},regexp:{{/^(.)$/ <$1>}}}", TABLE_FOLD, "A", "<B>" },
		{ "pipemap:{inline:{a=b},fail:x}", 0, "a",
		    "pipemap:{inline:{a=b},fail:x}: fail:x: this table always fails" },
		{ "pipemap:{inline:{a=b},fail:x}", 0, "c", "(none)" },
		{ "pipemap:{nis:x}", 0, "",
		    "pipemap:{nis:x}: nis:x: tables of the type \"nis\" are not supported" },
		{ "randmap:{one}", 0, "any", "one" },
		{ "randmap:{{one two}}", 0, "", "one two" },
		{ "randmap:{}", 0, "",
		    "randmap:{}: at least one text is expected between the braces" },
		{ "randmap:x", 0, "", "randmap:x: { text, … } is expected" },
		{ "randmap:{a", 0, "", "randmap:{a: \"{\" without \"}\" in \"{a\"" },
		{ "debug:inline:{a=b}", TABLE_FOLD, "A", "b" },
		{ "debug:proxy:debug:inline:{a=b}", 0, "A", "(none)" },
		{ "debug:x", 0, "",
		    "debug:x: \"x\" is no table: type:name is expected, as in hash:/etc/aliases" },
		/* servers */
		{ "tcp:localhost", 0, "",
		    "tcp:localhost: host:port is expected, not \"localhost\"" },
		{ "tcp::25", 0, "", "tcp::25: host:port is expected, not \":25\"" },
		{ "tcp:localhost:70000", 0, "",
		    "tcp:localhost:70000: host:port is expected, not \"localhost:70000\"" },
		{ "tcp:127.0.0.1:1", 0, "k",
		    "tcp:127.0.0.1:1: a server can be asked only from a running service" },
		{ "socketmap:inet:localhost:smtp:", 0, "",
		    "socketmap:inet:localhost:smtp:: inet:host:port:name or unix:path:name is "
		    "expected" },
		{ "socketmap:unix::m", 0, "",
		    "socketmap:unix::m: the path of a socket is expected" },
		{ "socketmap:inet:x:y", 0, "",
		    "socketmap:inet:x:y: host:port is expected, not \"x\"" },
		/* unix */
		{ "unix:passwd.byname", 0, "no such user here", "(none)" },
		{ "unix:passwd.byname", 0, "", "(none)" },
		{ "unix:passwd.byname", 0, "root:x", "(none)" },
		{ "unix:group.byname", 0, "root", "root:x:0:" },
		{ "unix:hosts", 0, "",
		    "unix:hosts: unix:passwd.byname or unix:group.byname is expected" },
		/* files that are not there */
		{ "texthash:/no/such/file", 0, "",
		    "texthash:/no/such/file: No such file or directory" },
		{ "regexp:/no/such/file", 0, "",
		    "regexp:/no/such/file: No such file or directory" },
		{ "hash:/no/such/file", 0, "",
		    "hash:/no/such/file: cannot open /no/such/file.db: No such file or directory" },
	};

	(void)state;
	assert_int_equal(setenv("TABLE_TEST", "Value", 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) value = BUF_INIT(1000);
		const char *answer = ask(rows[i].table, rows[i].flags, rows[i].key, &value);

		if (strcmp(answer, rows[i].answer) != 0)
			fail_msg("%s, \"%s\": %s", rows[i].table, rows[i].key, answer);
	}
}

static void
test_a_value_beyond_the_bound_is_a_failure(void **state)
{
	static const char *const tables[] = { "static:abcd", "inline:{k=abcd}",
		"regexp:{{/k/ abcd}}", "regexp:{{/(k)/ abc$1}}", "pcre:{{/(k)/ abc$1}}",
		"randmap:{abcd}", "unionmap:{static:ab, static:c}",
		"environ:", "unix:passwd.byname" };
	struct why why;

	(void)state;
	assert_int_equal(setenv("TABLE_TEST", "Value", 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		AUTO(buf) value = BUF_INIT(3);
		struct table *t = table_open(tables[i], 0, &why);
		const char *key = i == ARRAY_LEN(tables) - 1   ? "root"
		                  : i == ARRAY_LEN(tables) - 2 ? "TABLE_TEST"
		                                               : "k";

		assert_non_null(t);
		if (table_find(t, str_of(key), &value, TICKS_NEVER, &why) >= 0)
			fail_msg("%s", tables[i]);
		assert_int_equal(value.n, 0);
		assert_true(str_starts(str_of(why.text), str_of(tables[i])));
		table_close(t);
	}
}

static void
test_files(void **state)
{
	static const struct {
		const char *type;
		const char *text;
		const char *key;
		const char *answer; /* behind "type:path: " where it begins with "line" */
	} rows[] = {
		{ "texthash", "a b\nC\n  d\n", "a", "b" },
		{ "texthash", "a b\nC\n  d\n", "c", "d" },
		{ "texthash", "", "c", "(none)" },
		{ "texthash", "a b\nc\n", "a",
		    "line 2: a key, blanks and a value are expected, not \"c\"" },
		{ "regexp", "# c\n/a/\n  result here\nif /b/\n/c/ bc\nendif\n", "A",
		    "result here" },
		{ "regexp", "# c\n/a/\n  result here\nif /b/\n/c/ bc\nendif\n", "bc", "bc" },
		{ "regexp", "if /b/\n  /c/ bc\nendif\n", "bc",
		    "line 1: nothing may follow the pattern of an \"if\"" },
		{ "regexp", "\n/a/ b\n/(/ x\n", "a", "line 3: Unmatched ( or \\(" },
		{ "regexp", " /a/ b\n", "a",
		    "line 1: this line begins with a blank, and there is none that it continues" },
		{ "cidr", "10.0.0.0/8 ten\n[2001:db8::]/32 doc\n", "2001:db8::1", "doc" },
		{ "cidr", "10.0.0.0/8 ten\nhost x\n", "10.1.1.1",
		    "line 2: \"host\" is no IP address or network" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) value = BUF_INIT(1000);
		char name[200], want[400];

		scratch_write("table", rows[i].text);
		snprintf(name, sizeof(name), "%s:%s", rows[i].type, scratch_path("table"));
		if (strncmp(rows[i].answer, "line", 4) == 0)
			snprintf(want, sizeof(want), "%s: %s", name, rows[i].answer);
		else
			snprintf(want, sizeof(want), "%s", rows[i].answer);
		const char *answer = ask(name, TABLE_FOLD, rows[i].key, &value);
		if (strcmp(answer, want) != 0)
			fail_msg("%s \"%s\": %s", rows[i].type, rows[i].text, answer);
	}
}

static void
test_texthash_tells_of_duplicates(void **state)
{
	AUTO(buf) value = BUF_INIT(100);
	char name[200];
	struct table *t;
	struct why why;

	(void)state;
	scratch_write("table", "a 1\nA 2\nb 3\nb 4\n");
	snprintf(name, sizeof(name), "texthash:%s", scratch_path("table"));
	t = table_open(name, TABLE_FOLD, &why);
	assert_non_null(t);
	assert_string_equal(
	    table_notice(t), "line 2: the key \"A\" is there twice; the first counts");
	assert_int_equal(table_find(t, STR("A"), &value, TICKS_NEVER, &why), 1);
	assert_str_is(buf_str(&value), "1");
	assert_false(table_is_pattern(t));
	table_close(t);
	t = table_open(name, 0, &why);
	assert_string_equal(
	    table_notice(t), "line 4: the key \"b\" is there twice; the first counts");
	table_close(t);
	table_close(NULL);
}

static void
test_deep_nesting_is_bounded(void **state)
{
	AUTO(buf) text = BUF_INIT(10000);
	AUTO(buf) value = BUF_INIT(100);
	char name[200];

	(void)state;
	snprintf(name, sizeof(name), "cidr:%s", scratch_path("table"));
	for (int i = 0; i < 101; i++)
		assert_int_equal(buf_addf(&text, "if 0.0.0.0/0\n"), 0);
	scratch_write("table", buf_text(&text));
	assert_non_null(strstr(
	    ask(name, 0, "1.2.3.4", &value), "line 101: \"if\" is nested more than 100 times"));
}

/* A key longer than a task's stack could bear goes to a thread; outside of tasks, it does not. */
static void
ask_for_long_keys(void *arg)
{
	(void)arg;
	for (int length = 100; length <= 100000; length *= 10) {
		AUTO(buf) value = BUF_INIT(300000);
		AUTO(buf) key = BUF_INIT(300000);

		assert_int_equal(buf_addf(&key, "%0*d", length, 7), 0);
		assert_int_equal(
		    strlen(ask("regexp:{{/^((0|00)*)7$/ $1}}", 0, buf_text(&key), &value)),
		    length - 1);
		assert_int_equal(
		    strlen(ask("unix:passwd.byname", 0, buf_text(&key), &value)), strlen("(none)"));
	}
}

static void
test_long_keys(void **state)
{
	(void)state;
	ask_for_long_keys(NULL);
	in_both(ask_for_long_keys, NULL);
}

static void
test_lists(void **state)
{
	AUTO(buf) value = BUF_INIT(100);
	struct table_list l;
	struct why why;

	(void)state;
	assert_int_equal(table_list_open(&l, "", 0, &why), 0);
	assert_int_equal(l.count, 0);
	assert_int_equal(table_list_find(&l, STR("a"), &value, TICKS_NEVER, &why), 0);
	table_list_close(&l);

	assert_int_equal(
	    table_list_open(&l,
	        "inline:{a=1, b=2}, regexp:{{/c/ 3}, {/^b/ 4}},\n\tinline:{ { a = 5 }, d=6}", 0,
	        &why),
	    0);
	assert_int_equal(l.count, 3);
	const struct {
		const char *key;
		bool part;
		const char *value;
	} rows[] = {
		{ "a", false, "1" },
		{ "b", false, "2" },
		{ "bb", false, "4" },
		{ "c", false, "3" },
		{ "d", false, "6" },
		{ "e", false, NULL },
		{ "bb", true, NULL },
		{ "d", true, "6" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int found =
		    rows[i].part
		        ? table_list_find_part(&l, str_of(rows[i].key), &value, TICKS_NEVER, &why)
		        : table_list_find(&l, str_of(rows[i].key), &value, TICKS_NEVER, &why);

		assert_int_equal(found, rows[i].value != NULL);
		assert_string_equal(buf_text(&value), rows[i].value != NULL ? rows[i].value : "");
	}
	table_list_close(&l);

	l.count = 4711;
	assert_true(table_list_open(&l, "static:a, nis:b", 0, &why) < 0);
	assert_int_equal(l.count, 4711);
	assert_true(table_list_open(&l, "static:a, inline:{", 0, &why) < 0);
}

static void
test_a_nul_in_the_key_is_a_byte(void **state)
{
	static const char *const tables[] = { "regexp:{{/b$/ x}}", "regexp:{{/^a$/ x}}",
		"inline:{a=1}", "cidr:{{1.2.3.4 x}}", "unix:passwd.byname" };
	static const struct str keys[] = { { "a\0b", 3 }, { "a\0b", 3 }, { "a\0b", 3 },
		{ "1.2.3.4\0", 8 }, { "root\0", 5 } };
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		AUTO(buf) value = BUF_INIT(100);
		struct table *t = table_open(tables[i], 0, &why);

		assert_non_null(t);
		if (table_find(t, keys[i], &value, TICKS_NEVER, &why) != (i == 0))
			fail_msg("%s", tables[i]);
		table_close(t);
	}
}

/* A second later; looked at before, it is what it was. */
static void
test_a_table_that_comes_late(void **state)
{
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 10000000 };
	AUTO(buf) value = BUF_INIT(100);
	struct why why = WHY_INIT;
	struct table *t;
	char name[300];

	(void)state;
	snprintf(name, sizeof(name), "regexp:%s", scratch_path("late"));
	t = table_open(name, TABLE_FOLD | TABLE_LATE, &why);
	assert_non_null(t);
	assert_int_equal(table_find(t, STR("abc"), &value, TICKS_NEVER, &why), ERR_TEMPORARY);
	scratch_write("late", "/^(.*)c$/ $1\n");
	assert_int_equal(table_find(t, STR("ABC"), &value, TICKS_NEVER, &why), ERR_TEMPORARY);
	assert_non_null(strstr(why.text, "No such file"));
	assert_int_equal(nanosleep(&second, NULL), 0);
	assert_int_equal(table_find(t, STR("ABC"), &value, TICKS_NEVER, &why), 1);
	assert_str_is(buf_str(&value), "AB");
	assert_true(table_is_pattern(t));
	table_close(t);
	assert_int_equal(unlink(scratch_path("late")), 0);
}

/* A task's stack is small: what a look-up touches of it, at worst. */
#define STACK_ALLOWED ((size_t)48 * 1024)

static const struct {
	const char *table;
	int key_length;
} deep[] = {
	{ "pcre:{{/(?:(a|0)(b|0)?)*[xy]|(.*)(.*)(.*)[yz]/ $1}}", 100000 },
	{ "pcre:{{/^(?:((0)|(00))+)+$/ x}}", 1000 },
	{ "pcre:{{/(*NO_JIT)^(?:((0)|(00))+)+$/ x}}", 1000 },
	{ "pcre:{{/(*NO_JIT)(.|x)*[yz]/ x}}", 50000 },
	{ "regexp:{{/((0|00)*(0|1)*)*[yz]/ $1}}", 1023 },
	{ "regexp:{{/((0|00)*(0|1)*)*[yz]/ $1}}", 5000 },
	{ "regexp:{{/(0*)!\\1[yz]/ $1}}", 1023 },
	{ "inline:{a=b}", 100000 },
};

static size_t watermark;

PARKS static void
look_up_deep(void *arg)
{
	const char *name = deep[*(size_t *)arg].table;
	AUTO(buf) value = BUF_INIT(300000);
	AUTO(buf) key = BUF_INIT(300000);
	struct why why;
	struct table *t = table_open(name, 0, &why);

	assert_non_null(t);
	assert_int_equal(buf_addf(&key, "%0*d!", deep[*(size_t *)arg].key_length, 0), 0);
	(void)!table_find(t, buf_str(&key), &value, TICKS_NEVER, &why);
	table_close(t);
	watermark = task_stack_watermark();
}

static void
test_stack(void **state)
{
	(void)state;
#ifndef ENABLE_SANITIZERS
	for (size_t i = 0; i < ARRAY_LEN(deep); i++) {
		in_real(look_up_deep, &i);
		if (watermark > STACK_ALLOWED)
			fail_msg("%s: %zu bytes of stack", deep[i].table, watermark);
	}
#else
	(void)look_up_deep;
#endif
}

static void
test_type_names(void **state)
{
	(void)state;
	assert_string_equal(table_type_name(0), "btree");
	for (size_t n = 1; table_type_name(n) != NULL; n++)
		assert_true(strcmp(table_type_name(n - 1), table_type_name(n)) < 0);
}

/* A table that cannot be had here says what the build lacks. */
static void
test_what_is_not_built_in(void **state)
{
	static const char *const names[] = { "cdb", "lmdb" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(buf) value = BUF_INIT(100);
		char name[50], words[100];
		bool here = index_format_find(str_of(names[i])) != NULL;

		snprintf(name, sizeof(name), "%s:/no/such", names[i]);
		snprintf(words, sizeof(words), "lib%s-dev), which this build lacks", names[i]);
		assert_int_equal(strstr(ask(name, 0, "k", &value), words) == NULL, here);
	}
}

static char said[3000];

static void
hear(bool is_warning, const char *words)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "%c %s\n", is_warning ? 'w' : 'i', words);
}

static void
test_debug_tells(void **state)
{
	AUTO(buf) value = BUF_INIT(100);

	(void)state;
	said[0] = '\0';
	table_set_tell(hear);
	(void)ask("debug:inline:{a=b}", 0, "a", &value);
	(void)ask("debug:inline:{a=b}", 0, "c", &value);
	(void)ask("debug:fail:x", 0, "c", &value);
	assert_string_equal(said,
	    "i debug:inline:{a=b} lookup: \"a\" = \"b\"\n"
	    "i debug:inline:{a=b} lookup: \"c\" = not found\n"
	    "i debug:fail:x lookup: \"c\" = fail:x: this table always fails\n");
	table_set_tell(NULL);
}

static void
test_text_is_read_again(void **state)
{
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 10000000 };
	static const struct {
		const char *type;
		const char *before, *after, *broken;
		const char *key;
	} rows[] = {
		{ "texthash", "k 1\n", "k 22\n", "k\n", "K" },
		{ "cidr", "1.2.3.4 1\n", "1.2.3.4 22\n", "if\n", "1.2.3.4" },
		{ "regexp", "/k/ 1\n", "/k/ 22\n", "/k\n", "k" },
		{ "pcre", "/k/ 1\n", "/k/ 22\n", "/k(/ 1\n", "k" },
	};
	struct table *tables[ARRAY_LEN(rows)];
	AUTO(buf) value = BUF_INIT(100);
	struct why why;

	(void)state;
	said[0] = '\0';
	table_set_tell(hear);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[200];

		scratch_write(rows[i].type, rows[i].before);
		snprintf(name, sizeof(name), "%s:%s", rows[i].type, scratch_path(rows[i].type));
		tables[i] = table_open(name, TABLE_FOLD, &why);
		assert_non_null(tables[i]);
		assert_int_equal(
		    table_find(tables[i], str_of(rows[i].key), &value, TICKS_NEVER, &why), 1);
		assert_str_is(buf_str(&value), "1");
	}
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			scratch_write(rows[i].type, round == 0 ? rows[i].after : rows[i].broken);
		assert_int_equal(nanosleep(&second, NULL), 0);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			assert_int_equal(
			    table_find(tables[i], str_of(rows[i].key), &value, TICKS_NEVER, &why),
			    1);
			assert_str_is(buf_str(&value), "22");
		}
		assert_int_equal(said[0] != '\0', round == 1);
	}
	assert_non_null(strstr(said, "line 1: "));
	assert_non_null(strstr(said, "what was read before still counts"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		table_close(tables[i]);
		assert_int_equal(unlink(scratch_path(rows[i].type)), 0);
	}
	table_set_tell(NULL);
}

/* All of its texts come, in the long run. */
static void
test_randmap_is_random(void **state)
{
	unsigned seen = 0;
	struct why why;
	struct table *t = table_open("randmap:{0,1,2}", 0, &why);

	(void)state;
	assert_non_null(t);
	for (int i = 0; i < 200; i++) {
		AUTO(buf) value = BUF_INIT(100);

		assert_int_equal(table_find(t, STR("k"), &value, TICKS_NEVER, &why), 1);
		seen |= 1u << (value.p[0] - '0');
	}
	assert_int_equal(seen, 7);
	table_close(t);
}

static void
test_members_that_are_patterns(void **state)
{
	static const struct {
		const char *name;
		bool is_pattern;
	} rows[] = {
		{ "unionmap:{static:a, static:b}", false },
		{ "unionmap:{static:a, regexp:{{/a/ b}}}", true },
		{ "pipemap:{pcre:{{/a/ b}}, static:a}", true },
		{ "debug:cidr:{{1.2.3.4 x}}", true },
		{ "proxy:inline:{a=b}", false },
		{ "regexp:/no/such/file", true },
		{ "texthash:/no/such/file", false },
	};
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct table *t = table_open(rows[i].name, TABLE_LATE, &why);

		assert_non_null(t);
		if (table_is_pattern(t) != rows[i].is_pattern)
			fail_msg("%s", rows[i].name);
		table_close(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look_ups),
		cmocka_unit_test(test_a_value_beyond_the_bound_is_a_failure),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_texthash_tells_of_duplicates),
		cmocka_unit_test(test_deep_nesting_is_bounded),
		cmocka_unit_test(test_long_keys),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_a_nul_in_the_key_is_a_byte),
		cmocka_unit_test(test_a_table_that_comes_late),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_type_names),
		cmocka_unit_test(test_what_is_not_built_in),
		cmocka_unit_test(test_debug_tells),
		cmocka_unit_test(test_text_is_read_again),
		cmocka_unit_test(test_randmap_is_random),
		cmocka_unit_test(test_members_that_are_patterns),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
