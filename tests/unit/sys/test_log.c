/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sys/folder_of_test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <signal.h>

#include "lib/base/ticks.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"

static int64_t
noon(void)
{
	return 20000 * TICKS_DAY + 12 * TICKS_HOUR;
}

static struct log_options
options(int fd)
{
	return (struct log_options){
		.sinks = { { .fd = fd } },
		.sink_count = 1,
		.least = LEVEL_INFO,
		.host = "mail",
		.program = "postroad/test",
		.wall = noon,
	};
}

static int
open_log(void)
{
	int fd = sys_open("log", O_WRONLY | O_CREAT | O_APPEND | O_TRUNC, 0600);

	assert_true(fd >= 0);
	return fd;
}

/* What was logged so far, with the heads of the lines cut off. */
static const char *
words(void)
{
	static char text[10000];
	AUTO(buf) file = BUF_INIT(200000);
	struct str rest, line;
	size_t used = 0;

	assert_int_equal(sys_read_file("log", &file), 0);
	rest = buf_str(&file);
	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		size_t head = str_find(line, STR("]: "));

		assert_true(head < line.n);
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%.*s\n", STR_ARG(str_from(line, head + 3)));
		assert_true(used < sizeof(text));
	}
	text[used] = '\0';
	return text;
}

static void
close_log(int fd)
{
	struct log_options o = options(2);

	log_open(&o);
	sys_close(fd);
	assert_int_equal(sys_unlink("log"), 0);
}

static void
test_lines_come_out_whole_and_levels_are_kept(void **state)
{
	int fd = open_log();
	struct log_options o = options(fd);
	AUTO(buf) file = BUF_INIT(1000);

	(void)state;
	log_open(&o);
	log_info("hello %d", 1);
	log_warning("careful");
	log_error("broken");
	assert_string_equal(words(), "hello 1\nwarning: careful\nerror: broken\n");
	assert_int_equal(sys_read_file("log", &file), 0);
	assert_true(str_find(buf_str(&file), STR(" mail postroad/test[")) < file.n);
	o.least = LEVEL_ERROR;
	log_open(&o);
	log_warning("not recorded");
	assert_string_equal(words(), "hello 1\nwarning: careful\nerror: broken\n");
	o.least = LEVEL_INFO;
	o.sinks[0].format = LOG_JSON;
	log_open(&o);
	log_event(EVENT_PICKUP, F_STR(queue_id, STR("4abc")), F_NUM(uid, 7));
	buf_clear(&file);
	assert_int_equal(sys_read_file("log", &file), 0);
	assert_true(str_find(buf_str(&file), STR("\"queue_id\":\"4abc\"")) < file.n);
	close_log(fd);
}

static void
test_a_line_in_the_name_of_another(void **state)
{
	const struct log_speaker other = { .program = "postroad/other", .pid = 77 };
	AUTO(buf) file = BUF_INIT((size_t)10000);
	int fd = open_log();
	struct log_options o = options(fd);

	(void)state;
	log_open(&o);
	assert_string_equal(log_program(), "postroad/test");
	log_event_of(&other, EVENT_PICKUP, F_STR(queue_id, STR("4abc")), F_NUM(uid, 7));
	log_info("ours");
	assert_int_equal(sys_read_file("log", &file), 0);
	assert_true(
	    str_find(buf_str(&file), STR(" mail postroad/other[77]: 4abc: uid=7")) < file.n);
	assert_true(str_find(buf_str(&file), STR(" mail postroad/test[")) < file.n);
	o.sinks[0].format = LOG_JSON;
	log_open(&o);
	log_event_of(&other, EVENT_PICKUP, F_STR(queue_id, STR("4abc")));
	buf_clear(&file);
	assert_int_equal(sys_read_file("log", &file), 0);
	assert_true(
	    str_find(buf_str(&file), STR("\"program\":\"postroad/other\",\"pid\":77,")) < file.n);
	close_log(fd);
}

static void
test_lines_gather_until_a_flush_or_a_warning(void **state)
{
	int fd = open_log();
	struct log_options o = options(fd);

	(void)state;
	o.gather = true;
	log_open(&o);
	log_info("one");
	log_info("two");
	assert_string_equal(words(), "");
	log_flush();
	assert_string_equal(words(), "one\ntwo\n");
	log_info("three");
	log_warning("four");
	assert_string_equal(words(), "one\ntwo\nthree\nwarning: four\n");
	for (int i = 0; i < 2000; i++)
		log_info("a line that fills the buffer, so that some of them must go out early");
	assert_true(sys_open("log", O_RDONLY, 0) >= 0);
	log_flush();
	close_log(fd);
}

static void
test_a_child_does_not_repeat_what_its_parent_gathered(void **state)
{
	int fd = open_log(), pid;
	struct log_options o = options(fd);
	struct process_end end;

	(void)state;
	o.gather = true;
	log_open(&o);
	log_info("parent");
	pid = sys_fork();
	if (pid == 0) {
		log_info("child");
		log_flush();
		sys_exit_now(0);
	}
	assert_int_equal(sys_wait(pid, &end), 0);
	log_flush();
	assert_string_equal(words(), "parent\nchild\n");
	close_log(fd);
}

/* A file that may not grow: what is lost is counted, and told when there is room again. */
static void
test_lost_lines_are_counted(void **state)
{
	int fd = open_log();
	struct log_options o = options(fd);
	struct rlimit before, now = { 0, RLIM_INFINITY };

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	now.rlim_max = before.rlim_max;
	assert_int_equal(sys_ignore_signal(SIGXFSZ), 0);
	log_open(&o);
	log_info("before");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	log_info("lost");
	log_info("lost");
	log_info("lost");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	log_info("after");
	log_info("and on");
	assert_string_equal(words(),
	    "before\nwarning: 3 lines of this log were lost: File too large\nafter\nand on\n");
	close_log(fd);
}

static enum event_id seen;
static char seen_text[50];

static void
see(const struct event *e)
{
	seen = e->id;
	snprintf(seen_text, sizeof(seen_text), "%.*s", STR_ARG(e->fields[0].text));
	assert_int_equal(e->fields[1].id, FIELD_NONE);
}

static void
test_events_are_diverted(void **state)
{
	int fd = open_log();
	struct log_options o = options(fd);

	(void)state;
	log_open(&o);
	log_divert(see);
	log_warning("to the test");
	log_divert(NULL);
	assert_int_equal(seen, EVENT_WARNING);
	assert_string_equal(seen_text, "to the test");
	assert_string_equal(words(), "");
	close_log(fd);
}

static void
test_fatal_words_are_the_last(void **state)
{
	int fd = open_log(), pid = sys_fork();
	struct process_end end;

	(void)state;
	if (pid == 0) {
		struct log_options o = options(fd);

		o.gather = true;
		log_open(&o);
		log_info("first");
		log_fatal(75, "cannot go on: %s", "no reason");
	}
	assert_int_equal(sys_wait(pid, &end), 0);
	assert_int_equal(end.status, 75);
	assert_string_equal(words(), "first\nfatal: cannot go on: no reason\n");
	close_log(fd);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_lines_come_out_whole_and_levels_are_kept),
		IN_FOLDER(test_a_line_in_the_name_of_another),
		IN_FOLDER(test_lines_gather_until_a_flush_or_a_warning),
		IN_FOLDER(test_a_child_does_not_repeat_what_its_parent_gathered),
		IN_FOLDER(test_lost_lines_are_counted),
		IN_FOLDER(test_events_are_diverted),
		IN_FOLDER(test_fatal_words_are_the_last),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
