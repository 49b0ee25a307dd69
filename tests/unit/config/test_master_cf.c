/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/config/master_cf.h"

static void
hear(void *context, bool is_error, const char *text)
{
	struct buf *heard = context;

	assert_int_equal(buf_addf(heard, "%s %s\n", is_error ? "E" : "W", text), 0);
}

/* An entry in one line, with everything that was read from it. */
static void
describe(const struct master_entry *e, struct buf *out)
{
	assert_int_equal(buf_addf(out, "%d %s/%s [%s][%s]", e->line, e->name,
	                     master_type_name(e->type), e->host, e->port),
	    0);
	assert_int_equal(buf_addf(out, " %s%s%s %llds%s %lld %s", e->is_private ? "P" : "-",
	                     e->unprivileged ? "U" : "-", e->chroot ? "C" : "-",
	                     (long long)(e->wakeup / TICKS_SECOND), e->wakeup_when_used ? "?" : "",
	                     (long long)e->process_limit, e->program),
	    0);
	for (size_t i = 0; i < e->arg_count; i++)
		assert_int_equal(buf_addf(out, " <%s>", e->args[i]), 0);
	assert_null(e->args[e->arg_count]);
	for (size_t i = 0; i < e->override_count; i++)
		assert_int_equal(
		    buf_addf(out, " %s:=%s", e->overrides[i].name, e->overrides[i].value), 0);
	assert_int_equal(buf_add(out, STR("\n")), 0);
}

static void
test_lines(void **state)
{
	static const struct {
		const char *name, *text, *result;
	} rows[] = {
		{ "nothing", "", "" },
		{ "comments", "# a\n\n  # b\n", "" },
		{ "defaults", "x unix - - - - - prog\n", "1 x/unix [][] PU- 0s -1 prog\n" },
		{ "defaults of inet", "smtp inet - - - - - smtpd\n",
		    "1 smtp/inet [][smtp] -U- 0s -1 smtpd\n" },
		{ "all given", "x unix n n y 60 5 prog\n", "1 x/unix [][] --C 60s 5 prog\n" },
		{ "all given, otherwise", "x unix y y n 0 0 prog\n",
		    "1 x/unix [][] PU- 0s 0 prog\n" },
		{ "wake-up after use", "x fifo n - - 300? 1 prog\n",
		    "1 x/fifo [][] -U- 300s? 1 prog\n" },
		{ "datagrams", "x unix-dgram n - - - 1 p\n", "1 x/unix-dgram [][] -U- 0s 1 p\n" },
		{ "passed", "x pass - - - - - p\n", "1 x/pass [][] PU- 0s -1 p\n" },
		{ "host", "a.b:25 inet n - - - - p\n", "1 a.b:25/inet [a.b][25] -U- 0s -1 p\n" },
		{ "v4", "192.0.2.1:smtp inet n - - - - p\n",
		    "1 192.0.2.1:smtp/inet [192.0.2.1][smtp] -U- 0s -1 p\n" },
		{ "v6", "[2001:db8::1]:25 inet n - - - - p\n",
		    "1 [2001:db8::1]:25/inet [2001:db8::1][25] -U- 0s -1 p\n" },
		{ "tabs, and no end of line", "x\tunix - - - -\t- prog",
		    "1 x/unix [][] PU- 0s -1 prog\n" },
		{ "arguments", "x unix - - - - - p -v a flags=DR  b\n",
		    "1 x/unix [][] PU- 0s -1 p <-v> <a> <flags=DR> <b>\n" },
		{ "arguments in braces", "x unix - - - - - p {a b} {} {{c} d}\n",
		    "1 x/unix [][] PU- 0s -1 p <a b> <> <{c} d>\n" },
		{ "overrides", "x unix - - - - - p -o a=b -oc=d -o {e = f g} -o h=\n",
		    "1 x/unix [][] PU- 0s -1 p <-o> <a=b> <-oc=d> <-o> <e = f g> <-o> <h=> a:=b "
		    "c:=d "
		    "e:=f g h:=\n" },
		{ "overrides end with the options", "x unix - - - - - p -o a=b c -o d=e\n",
		    "1 x/unix [][] PU- 0s -1 p <-o> <a=b> <c> <-o> <d=e> a:=b\n" },
		{ "continuation", "x unix - - - - - p\n  -o a=b\n# c\n\n\t-v\ny unix - - - - - q\n",
		    "1 x/unix [][] PU- 0s -1 p <-o> <a=b> <-v> a:=b\n6 y/unix [][] PU- 0s -1 q\n" },
		{ "again", "x unix - - - - - p\ny unix - - - - - q\nx unix - - - - - r\n",
		    "W FILE, line 3: x/unix is defined here again; what line 1 says has no effect\n"
		    "3 x/unix [][] PU- 0s -1 r\n2 y/unix [][] PU- 0s -1 q\n" },
		{ "same name, other type", "x unix - - - - - p\nx inet n - - - - p\n",
		    "1 x/unix [][] PU- 0s -1 p\n2 x/inet [][x] -U- 0s -1 p\n" },
		{ "expansions stay", "x unix - - - - - p -o a=$b ${c}\n",
		    "1 x/unix [][] PU- 0s -1 p <-o> <a=$b> <${c}> a:=$b\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) got = BUF_INIT(10000);
		struct master_cf m;

		if (master_cf_parse("FILE", str_of(rows[i].text), &m, hear, &got) < 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&got));
		for (size_t k = 0; k < m.count; k++)
			describe(&m.entries[k], &got);
		if (strcmp(buf_text(&got), rows[i].result) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&got));
		master_cf_drop(&m);
	}
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *name, *text, *report;
	} rows[] = {
		{ "columns", "x unix - - - - -\n", "line 1: 7 columns, and there must be 8\n" },
		{ "type", "x tcp - - - - - p\n",
		    "line 1: bad type \"tcp\": inet, unix, unix-dgram, fifo or pass\n" },
		{ "default type", "x - - - - - - p\n",
		    "line 1: bad type \"-\": inet, unix, unix-dgram, fifo or pass\n" },
		{ "private", "\nx unix z - - - - p\n",
		    "line 2: bad column private \"z\": y, n or -\n" },
		{ "unpriv", "x unix - yes - - - p\n",
		    "line 1: bad column unpriv \"yes\": y, n or -\n" },
		{ "chroot", "x unix - - Y - - p\n",
		    "line 1: bad column chroot \"Y\": y, n or -\n" },
		{ "wakeup", "x unix - - - ? - p\n",
		    "line 1: bad column wakeup \"?\": seconds, seconds? or -\n" },
		{ "maxproc", "x unix - - - - -1 p\n",
		    "line 1: bad column maxproc \"-1\": a number or -\n" },
		{ "maxproc, large", "x unix - - - - 2147483648 p\n",
		    "line 1: bad column maxproc \"2147483648\": a number or -\n" },
		{ "private inet", "x inet y - - - - p\n",
		    "line 1: an inet service cannot be private\n" },
		{ "v6 without brackets", "2001:db8::1:25 inet n - - - - p\n",
		    "line 1: bad service name \"2001:db8::1:25\": port, host:port or [v6]:port\n" },
		{ "no port", "host: inet n - - - - p\n",
		    "line 1: bad service name \"host:\": port, host:port or [v6]:port\n" },
		{ "no host", ":25 inet n - - - - p\n",
		    "line 1: bad service name \":25\": port, host:port or [v6]:port\n" },
		{ "empty brackets", "[]:25 inet n - - - - p\n",
		    "line 1: bad service name \"[]:25\": port, host:port or [v6]:port\n" },
		{ "name with a path", "a/b unix - - - - - p\n",
		    "line 1: bad service name \"a/b\": it is a file below private or public\n" },
		{ "name above", ".. unix - - - - - p\n",
		    "line 1: bad service name \"..\": it is a file below private or public\n" },
		{ "program with a path", "x unix - - - - - /bin/sh\n",
		    "line 1: bad program \"/bin/sh\": a file in $daemon_directory, without a "
		    "path\n" },
		{ "program above", "x unix - - - - - ..\n",
		    "line 1: bad program \"..\": a file in $daemon_directory, without a path\n" },
		{ "brace", "x unix - - - - - p {a\n", "line 1: \"{\" without \"}\" in \"{a\"\n" },
		{ "after a brace", "x unix - - - - - p {a}b\n",
		    "line 1: blank or comma expected after \"}\" in \"{a}b\"\n" },
		{ "override without a value", "x unix - - - - - p -o a\n",
		    "line 1: option -o: \"=\" expected after the name in \"a\"\n" },
		{ "override without a text", "x unix - - - - - p -o\n",
		    "line 1: option -o: \"=\" expected after the name in \"\"\n" },
		{ "indented", "# c\n x unix - - - - - p\n",
		    "line 2: the line begins with a blank, and there is none before it to "
		    "continue\n" },
		{ "every mistake", "x\ny unix - - - - - q\nz z\n",
		    "line 1: 1 columns, and there must be 8\nE FILE, line 3: 2 columns, and there "
		    "must be "
		    "8\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) got = BUF_INIT(10000);
		struct master_cf m;
		const char *start = "E FILE, ";

		if (master_cf_parse("FILE", str_of(rows[i].text), &m, hear, &got) != ERR_SYNTAX)
			fail_msg("%s: was read", rows[i].name);
		if (strncmp(buf_text(&got), start, strlen(start)) != 0 ||
		    strcmp(buf_text(&got) + strlen(start), rows[i].report) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&got));
	}
}

static void
test_find(void **state)
{
	AUTO(buf) got = BUF_INIT(10000);
	struct master_cf m;

	(void)state;
	assert_int_equal(master_cf_parse("FILE", STR("x unix - - - - - p\nx inet n - - - - q\n"),
	                     &m, hear, &got),
	    0);
	assert_string_equal(master_cf_find(&m, STR("x"), MASTER_INET)->program, "q");
	assert_string_equal(master_cf_find(&m, STR("x"), MASTER_UNIX)->program, "p");
	assert_null(master_cf_find(&m, STR("x"), MASTER_PASS));
	assert_null(master_cf_find(&m, STR("xx"), MASTER_UNIX));
	master_cf_drop(&m);
	assert_true(master_cf_load("/nonexistent", &m, hear, &got) < 0);
	assert_non_null(strstr(buf_text(&got), "E cannot read /nonexistent/master.cf: "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_find),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
