/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/service/worker_options.h"

#define ARGS_MAX 40

static char texts[ARGS_MAX][64];
static char *argv[ARGS_MAX + 1];

/* "smtpd -n smtp" as an argument vector; '_' stands for a blank within an argument. */
static char **
split(const char *line)
{
	struct str rest = str_of(line), word;
	size_t n = 0;

	while (str_word(&rest, " ", &word)) {
		assert_true(n < ARGS_MAX && word.n < sizeof(texts[0]));
		for (size_t i = 0; i < word.n; i++)
			texts[n][i] = (char)(word.p[i] == '_' ? ' ' : word.p[i]);
		texts[n][word.n] = '\0';
		argv[n] = texts[n];
		n++;
	}
	argv[n] = NULL;
	return argv;
}

static void
everything_is_understood(void **state)
{
	AUTO(arena) a = ARENA_INIT(65536);
	struct why why = WHY_INIT;
	struct worker_options o;

	(void)state;
	assert_int_equal(
	    worker_options_parse(
	        split("pipe -n 127.0.0.1:25 -t inet -c /etc -s 2 -m 50 -e 1 -w 60 -l ftstfj -p -r "
	              "-R -v -o a=1 -v -o _b_=_2_3_ flags=x -v"),
	        &o, &a, &why),
	    0);
	assert_string_equal(o.service, "127.0.0.1:25");
	assert_true(o.is_inet);
	assert_string_equal(o.directory, "/etc");
	assert_int_equal(o.sockets, 2);
	assert_int_equal(o.capacity, 50);
	assert_int_equal(o.lifetime, 1);
	assert_int_equal(o.wakeup, TICKS_MINUTE);
	assert_int_equal(o.log_count, 3);
	assert_int_equal(o.logs[0].fd, WORKER_FD_LOG);
	assert_int_equal(o.logs[1].fd, -1);
	assert_int_equal(o.logs[2].fd, WORKER_FD_LOG_2);
	assert_int_equal(o.logs[2].format, LOG_JSON);
	assert_true(o.keep_root && o.chroot && o.resident);
	assert_int_equal(o.verbose, 2);
	assert_int_equal(o.override_count, 2);
	assert_string_equal(o.overrides[0].name, "a");
	assert_string_equal(o.overrides[0].value, "1");
	assert_string_equal(o.overrides[1].name, "b");
	assert_string_equal(o.overrides[1].value, "2 3");
	assert_string_equal(o.args[0], "flags=x");
	assert_string_equal(o.args[1], "-v");
	assert_null(o.args[2]);
}

static void
nothing_is_assumed(void **state)
{
	AUTO(arena) a = ARENA_INIT(65536);
	struct why why = WHY_INIT;
	struct worker_options o;

	(void)state;
	assert_int_equal(
	    worker_options_parse(split("qmgr -n qmgr -t unix -c /etc -- -v"), &o, &a, &why), 0);
	assert_false(o.is_inet || o.is_pass || o.keep_root || o.chroot || o.resident);
	assert_int_equal(o.sockets + o.capacity + o.lifetime + o.verbose + o.log_count, 0);
	assert_int_equal(o.wakeup, 0);
	assert_int_equal(o.override_count, 0);
	assert_string_equal(o.args[0], "-v");
}

static void
mistakes_are_named(void **state)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
		{ "smtpd", "this program is started by master, not by hand" },
		{ "smtpd -n smtp", "this program is started by master, not by hand" },
		{ "smtpd -n", "option -n: a value is missing" },
		{ "smtpd -o", "option -o: a value is missing" },
		{ "smtpd -x", "unknown option -x" },
		{ "smtpd -s 2x", "option -s: bad number \"2x\"" },
		{ "smtpd -s 65", "option -s: bad number \"65\"" },
		{ "smtpd -m -1", "option -m: bad number \"-1\"" },
		{ "smtpd -e 4294967296", "option -e: bad number \"4294967296\"" },
		{ "smtpd -w 1s", "option -w: bad number \"1s\"" },
		{ "smtpd -o name", "option -o: name=value is wanted, not \"name\"" },
		{ "smtpd -o =value", "option -o: name=value is wanted, not \"=value\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(arena) a = ARENA_INIT(65536);
		struct why why = WHY_INIT;
		struct worker_options o;

		assert_int_equal(
		    worker_options_parse(split(rows[i].line), &o, &a, &why), ERR_SYNTAX);
		assert_string_equal(why.text, rows[i].words);
	}
}

static void
what_master_writes_is_what_the_worker_reads(void **state)
{
	static const char *const rest[] = { "-o", "smtpd_banner=two words", "-v", "user=me" };
	const struct worker_options in = {
		.service = "smtp",
		.is_inet = true,
		.directory = "/etc/postroad",
		.sockets = 64,
		.capacity = UINT32_MAX,
		.lifetime = 7,
		.logs = { { .fd = 7, .format = LOG_JSON }, { .fd = -1 } },
		.log_count = 2,
		.keep_root = true,
		.chroot = true,
		.resident = true,
		.wakeup = 300 * TICKS_SECOND,
	};
	AUTO(arena) a = ARENA_INIT(65536);
	struct why why = WHY_INIT;
	struct worker_options out;
	char **line = worker_options_argv(&in, "smtpd", rest, ARRAY_LEN(rest), &a);

	(void)state;
	assert_string_equal(line[0], "smtpd");
	assert_int_equal(worker_options_parse(line, &out, &a, &why), 0);
	assert_string_equal(out.service, in.service);
	assert_string_equal(out.directory, in.directory);
	assert_int_equal(out.log_count, 2);
	assert_int_equal(out.logs[0].fd, WORKER_FD_LOG);
	assert_int_equal(out.logs[0].format, LOG_JSON);
	assert_int_equal(out.logs[1].fd, -1);
	assert_true(out.is_inet && out.keep_root && out.chroot);
	assert_true(out.resident);
	assert_int_equal(out.sockets, in.sockets);
	assert_int_equal(out.capacity, in.capacity);
	assert_int_equal(out.lifetime, in.lifetime);
	assert_int_equal(out.wakeup, in.wakeup);
	assert_int_equal(out.verbose, 1);
	assert_string_equal(out.overrides[0].value, "two words");
	assert_string_equal(out.args[0], "user=me");
}

static void
defaults_are_left_out(void **state)
{
	const struct worker_options in = { .service = "qmgr", .directory = "/etc/postroad" };
	static const char *const wanted[] = { "qmgr", "-n", "qmgr", "-t", "unix", "-c",
		"/etc/postroad" };
	AUTO(arena) a = ARENA_INIT(65536);
	char **line = worker_options_argv(&in, "qmgr", NULL, 0, &a);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		assert_string_equal(line[i], wanted[i]);
	assert_null(line[ARRAY_LEN(wanted)]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_understood),
		cmocka_unit_test(nothing_is_assumed),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(what_master_writes_is_what_the_worker_reads),
		cmocka_unit_test(defaults_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
