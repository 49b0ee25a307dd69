/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/local/base.h"

#include <fcntl.h>
#include <signal.h>

#include "lib/base/ticks.h"
#include "lib/sys/clock.h"
#include "local/command.h"
#include "tests/unit/run/in_loop.h"

static void
test_judgement(void **state)
{
	static const struct {
		const char *name;
		struct command_end end;
		const char *dsn;
		const char *text;
	} rows[] = {
		{ "success", { true, 0, 0, { "words", 5 } }, "2.0.0", "delivered to command: c" },
		{ "failure", { true, 1, 0, { "words", 5 } }, "5.3.0",
		    "Command died with status 1: \"c\". Command output: words" },
		{ "failure without words", { true, 1, 0, { "", 0 } }, "5.3.0",
		    "Command died with status 1: \"c\"" },
		{ "signal", { true, 0, 11, { "", 0 } }, "4.3.0",
		    "Command died with signal 11: \"c\"" },
		{ "time", { false, 0, 9, { "x", 1 } }, "5.3.0",
		    "Command time limit exceeded: \"c\". Command output: x" },
		{ "later", { true, 75, 0, { "", 0 } }, "4.3.0", "temporary failure" },
		{ "nobody", { true, 67, 0, { "who?", 4 } }, "5.1.1",
		    "user unknown. Command output: who?" },
		{ "code", { true, 1, 0, { "4.7.1 wait", 10 } }, "4.7.1", "wait" },
		{ "code and exit status", { true, 67, 0, { "4.7.1 wait", 10 } }, "4.7.1", "wait" },
		{ "code of a success", { true, 0, 0, { "5.7.1 no", 8 } }, "2.0.0",
		    "delivered to command: c" },
		{ "success of a failure", { true, 1, 0, { "2.0.0 ok", 8 } }, "5.3.0",
		    "Command died with status 1: \"c\". Command output: 2.0.0 ok" },
		{ "no code", { true, 75, 0, { "4.7 x", 5 } }, "4.3.0",
		    "temporary failure. Command output: 4.7 x" },
		{ "configuration", { true, 78, 0, { "", 0 } }, "5.3.5",
		    "local configuration error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct outcome out;

		command_judge("c", &rows[i].end, &out);
		if (strcmp(out.dsn, rows[i].dsn) != 0 || strcmp(out.text, rows[i].text) != 0)
			fail_msg("%s: %s %s", rows[i].name, out.dsn, out.text);
	}
}

static void
test_which_need_a_shell(void **state)
{
	static const struct {
		const char *command;
		bool simple;
	} rows[] = {
		{ "cmd", true },
		{ "/usr/bin/cmd -x a,b=c @d%e_f +1 ", true },
		{ "", false },
		{ " \t", false },
		{ "a;b", false },
		{ "a $b", false },
		{ "a 'b'", false },
		{ "a \"b\"", false },
		{ "a `b`", false },
		{ "a|b", false },
		{ "a>b", false },
		{ "a&", false },
		{ "a*", false },
		{ "a~", false },
		{ "a\\b", false },
		{ "\xc3\xa4", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (command_is_simple(str_of(rows[i].command)) != rows[i].simple)
			fail_msg("%s", rows[i].command);
	}
}

/* --- Real ones ------------------------------------------------------------------------------- */

static char *const environment[] = { (char[]){ "PATH=/usr/bin:/bin" }, (char[]){ "A=b c" }, NULL };

static struct command_job
make_job(const char *command)
{
	return (struct command_job){
		.command = command,
		.shell = "",
		.folder = base,
		.environment = environment,
		.time_limit = 10 * TICKS_SECOND,
		.mail = { .sender = STR("a@b"),
		    .headers = STR("Delivered-To: c@d\r\n"),
		    .content = { .bytes = STR("Subject: x\r\n\r\nFrom me\r\n"),
		        .fd = -1,
		        .length = 23 } },
	};
}

static struct outcome
run(const struct command_job *job)
{
	struct outcome out;

	assert_true(command_run(job, &out));
	return out;
}

static void
run_many(void *arg)
{
	static const struct {
		const char *name;
		const char *command;
		const char *shell;
		const char *text;
	} rows[] = {
		{ "direct", "true", "", "delivered to command: true" },
		{ "word of the shell", "exit 0", "", "delivered to command: exit 0" },
		{ "what it reads", "tail -n +2; exit 75", "",
		    "temporary failure. Command output: Delivered-To: c@d Subject: x  From me" },
		{ "what it has", "cd /proc/self/fd; echo *; exit 75", "",
		    "temporary failure. Command output: 0 1 2 3" },
		{ "its environment", "unset PWD OLDPWD SHLVL _; env; exit 75", "",
		    "temporary failure. Command output: A=b c PATH=/usr/bin:/bin" },
		{ "control characters", "printf 'a\\001\\tb\\r\\n'; exit 75", "",
		    "temporary failure. Command output: a? b" },
		{ "signals", "trap; kill -PIPE $$", "",
		    "Command died with signal 13: \"trap; kill -PIPE $$\"" },
		{ "another shell", "x  y", "/bin/echo  -n a", "delivered to command: x  y" },
		{ "no shell", "x", "/nowhere/sh -c",
		    "cannot start the command \"x\": No such file or directory" },
		{ "closed at once", "exec 0<&- 1>&- 2>&-; exit 75", "", "temporary failure" },
	};

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct command_job job = make_job(rows[i].command);
		struct outcome out;

		job.shell = rows[i].shell;
		out = run(&job);
		if (strcmp(out.text, rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].name, out.text);
	}
}

static void
test_commands(void **state)
{
	(void)state;
	in_real(run_many, NULL);
}

static void
run_in_folder(void *arg)
{
	struct command_job job = make_job("pwd > where; ps -o pgid= -p $$ > group; echo $$ > self");
	char text[300] = "";
	pid_t group = 0, self = 1;
	FILE *f;

	(void)arg;
	assert_string_equal(run(&job).dsn, "2.0.0");
	f = fopen(scratch_path("where"), "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, base);
	f = fopen(scratch_path("group"), "r");
	assert_int_equal(fscanf(f, "%d", &group), 1);
	fclose(f);
	f = fopen(scratch_path("self"), "r");
	assert_int_equal(fscanf(f, "%d", &self), 1);
	fclose(f);
	assert_int_equal(group, self);
	job.folder = "/nowhere";
	assert_string_equal(run(&job).dsn, "4.3.0");
}

static void
test_folder_and_group(void **state)
{
	(void)state;
	in_real(run_in_folder, NULL);
}

/* A message larger than any pipe, to one that reads it, and to one that does not. */
static void
run_large(void *arg)
{
	struct command_job job = make_job("wc -c; exit 75");
	static char bytes[1000000];
	struct outcome out;

	(void)arg;
	memset(bytes, 'x', sizeof(bytes));
	job.mail.content.bytes = str_make(bytes, sizeof(bytes));
	job.mail.content.length = sizeof(bytes);
	out = run(&job);
	assert_string_equal(out.text, "temporary failure. Command output: 1000053");
	job.command = "exit 0";
	assert_string_equal(run(&job).dsn, "2.0.0");
	job.command = "head -c 2000000 /dev/zero; exit 75";
	out = run(&job);
	assert_non_null(strstr(out.text, "Command output: ????"));
	assert_int_equal(strlen(out.text), sizeof(out.text) - 1);
}

static void
test_large_messages(void **state)
{
	(void)state;
	in_real(run_large, NULL);
}

/* Content that cannot be read was not delivered, whatever the command says. */
static void
run_unreadable(void *arg)
{
	struct command_job job = make_job("cat > /dev/null");
	struct outcome out;

	(void)arg;
	scratch_write("short", "few");
	job.mail.content =
	    (struct content){ .fd = open(scratch_path("short"), O_RDONLY), .length = 1000 };
	out = run(&job);
	assert_string_equal(out.dsn, "4.3.0");
	assert_non_null(strstr(out.text, "the message cannot be read"));
	close(job.mail.content.fd);
}

static void
test_content_that_cannot_be_read(void **state)
{
	(void)state;
	in_real(run_unreadable, NULL);
}

static void
run_out_of_time(void *arg)
{
	struct command_job job =
	    make_job("(sleep 100; echo late > late) & echo $! > child; sleep 100");
	int64_t began = sys_clock_monotonic();
	struct outcome out;
	pid_t child = 0;
	FILE *f;

	(void)arg;
	job.time_limit = 300 * TICKS_MS;
	out = run(&job);
	assert_non_null(strstr(out.text, "Command time limit exceeded"));
	assert_in_range(sys_clock_monotonic() - began, 300 * TICKS_MS, 2 * TICKS_SECOND);
	f = fopen(scratch_path("child"), "r");
	assert_int_equal(fscanf(f, "%d", &child), 1);
	fclose(f);
	for (int i = 0; i < 100 && kill(child, 0) == 0; i++)
		sys_sleep(10 * TICKS_MS);
	/* Dead, or a zombie that some init has not reaped yet. */
	if (kill(child, 0) == 0) {
		char path[64], state = '?';

		snprintf(path, sizeof(path), "/proc/%d/stat", child);
		f = fopen(path, "r");
		assert_int_equal(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
		fclose(f);
		assert_int_equal(state, 'Z');
	}
}

static void
test_all_of_the_group_is_killed(void **state)
{
	(void)state;
	in_real(run_out_of_time, NULL);
}

/* What has left the group holds us for a moment only. */
static void
run_escaped(void *arg)
{
	struct command_job job = make_job("setsid sleep 8 & echo said");
	int64_t began = sys_clock_monotonic();

	(void)arg;
	job.time_limit = 200 * TICKS_MS;
	(void)run(&job);
	assert_true(sys_clock_monotonic() - began < 5 * TICKS_SECOND);
}

static void
test_what_has_left_the_group(void **state)
{
	(void)state;
	in_real(run_escaped, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judgement),
		cmocka_unit_test(test_which_need_a_shell),
		cmocka_unit_test_setup_teardown(test_commands, make_base, remove_base),
		cmocka_unit_test_setup_teardown(test_folder_and_group, make_base, remove_base),
		cmocka_unit_test_setup_teardown(test_large_messages, make_base, remove_base),
		cmocka_unit_test_setup_teardown(
		    test_content_that_cannot_be_read, make_base, remove_base),
		cmocka_unit_test_setup_teardown(
		    test_all_of_the_group_is_killed, make_base, remove_base),
		cmocka_unit_test_setup_teardown(
		    test_what_has_left_the_group, make_base, remove_base),
	};
	signal(SIGPIPE, SIG_IGN); /* as child.c does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
