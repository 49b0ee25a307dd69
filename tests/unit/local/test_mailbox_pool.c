/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that write mailboxes: who they are, how long they live, what their death means. */
#include "tests/unit/local/base.h"

#include <fcntl.h>
#include <signal.h>

#include "lib/base/err.h"
#include "lib/ipc/channel.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "local/child.h"
#include "local/mailbox_pool.h"
#include "tests/unit/run/in_loop.h"
#include "tests/unit/table/with_config.h"

#define USER  5000
#define OTHER 5001
#define EXTRA 5002

static struct mailbox_pool pool;
static struct config *config;

static struct message_mailbox_deliver
make_message(const char *name, char path[300])
{
	snprintf(path, 300, "%s/%s", base, name);
	return (struct message_mailbox_deliver){
		.path = str_of(path),
		.base = str_of(base),
		.sender = STR("a@b"),
		.headers = STR("Delivered-To: c@d\r\n"),
		.content = STR("Subject: x\r\n\r\nhello\r\n"),
		.content_length = 21,
	};
}

/* --- Children of other kinds ----------------------------------------------------------------- */

static void (*behave)(struct channel *c, uint32_t request);

/* Takes one request, and does with it what `behave` does. */
static void
misbehave(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_MAILBOX, .program = "test", .capacity = 1
	};
	struct channel c;
	struct frame f;
	struct why why;

	if (channel_open(&c, *(int *)arg, &options, TICKS_NEVER, &why) < 0)
		sys_exit_now(1);
	while (channel_receive(&c, &f, TICKS_NEVER) == 0)
		behave(&c, f.request);
	channel_close(&c);
}

NORETURN static void
run_misbehaving(int fd)
{
	struct run_options options = { .simulated = false };

	sys_exit_now(run_init(&options) < 0 || run_main(misbehave, &fd) < 0);
}

static void
die(struct channel *c, uint32_t request)
{
	(void)c;
	(void)request;
	sys_exit_now(1);
}

static void
answer_nonsense(struct channel *c, uint32_t request)
{
	struct message_queue_done m = { .count = 1 };

	if (channel_send_queue_done(c, request, &m, TICKS_NEVER) < 0)
		sys_exit_now(1);
}

static void
tell_who(struct channel *c, uint32_t request)
{
	struct message_mailbox_delivered m = { .status = OUTCOME_DELIVERED, .dsn = STR("2.0.0") };
	uid_t r, e, s;
	gid_t rg, eg, sg, groups[10];
	char text[200];
	int n, count = getgroups(10, groups);

	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	n = snprintf(text, sizeof(text), "uid %u %u %u gid %u %u %u groups", r, e, s, rg, eg, sg);
	for (int i = 0; i < count; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %u", groups[i]);
	snprintf(text + n, sizeof(text) - (size_t)n, " root %d", setuid(0) == 0);
	m.text = str_of(text);
	if (channel_send_mailbox_delivered(c, request, &m, TICKS_NEVER) < 0)
		sys_exit_now(1);
}

static void
complain(struct channel *c, uint32_t request)
{
	log_warning("a word of a child");
	tell_who(c, request);
}

NORETURN static void
write_mailboxes(int fd)
{
	static const struct mailbox_options options = {
		.locks = { .fcntl = true, .attempts = 3, .delay = TICKS_MS },
		.strict_ownership = true,
		.host = "host",
	};

	child_run(fd, &options);
}

/* --- The tests ------------------------------------------------------------------------------- */

static int spawner;
static bool allows_commands;

#ifdef ENABLE_SANITIZERS
#define WALLED false
#else
#define WALLED true
#endif

/* A spawner has no event loop, and so is started before there is one. */
static void
with_children(void (*child)(int fd), void (*fn)(void *))
{
	struct spawner_options options = {
		.config = config,
		.least_uid = 100,
		.extra_gid = EXTRA,
		.has_commands = allows_commands,
		.child = child,
	};
	struct why why = WHY_INIT;

	spawner = spawner_open(&options, &why);
	if (spawner < 0)
		fail_msg("%s", why.text);
	in_real(fn, NULL);
}

static void
open_pool(unsigned limit, int64_t keep)
{
	assert_int_equal(mailbox_pool_open(&pool, spawner, limit, keep), 0);
}

static struct outcome
call(const struct spawner_request *user, const struct message_mailbox_deliver *m, int fd)
{
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024);
	const struct mailbox_call c = { MESSAGE_NUMBER_mailbox_deliver, m, fd };
	struct mailbox_answer answer;

	mailbox_pool_call(&pool, user, &c, &arena, &answer);
	assert_false(answer.is_text);
	return answer.outcome;
}

static struct outcome
deliver(uint32_t uid, bool extra, const char *name)
{
	struct spawner_request user = { .uid = uid, .gid = uid, .with_extra_group = extra };
	char path[300];
	struct message_mailbox_deliver m = make_message(name, path);

	return call(&user, &m, -1);
}

static uid_t
owner_of(const char *name)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", base, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_uid;
}

static off_t
file_size(const char *name)
{
	struct stat st;

	return stat(scratch_path(name), &st) == 0 ? st.st_size : -1;
}

static void
deliver_as_users(void *arg)
{
	uid_t user = geteuid() == 0 ? USER : geteuid(), other = geteuid() == 0 ? OTHER : geteuid();

	(void)arg;
	open_pool(5, 60 * TICKS_SECOND);
	assert_string_equal(deliver(USER, false, "one/").text, "delivered to maildir");
	assert_string_equal(deliver(OTHER, true, "two").text, "delivered to mailbox");
	assert_string_equal(deliver(USER, false, "three/").text, "delivered to maildir");
	assert_int_equal(owner_of("one/new"), user);
	assert_int_equal(owner_of("two"), other);
	assert_int_equal(owner_of("three/tmp"), user);
	if (geteuid() == 0)
		assert_int_equal(pool.count, 2);
	mailbox_pool_close(&pool);
	assert_int_equal(pool.count, 0);
}

static void
test_each_user_writes_as_himself(void **state)
{
	(void)state;
	with_children(write_mailboxes, deliver_as_users);
}

/* What a user's process is, as it says itself: the recipient's ids, and no way back. */
static void
ask_who_writes(void *arg)
{
	struct outcome out;

	(void)arg;
	open_pool(5, 60 * TICKS_SECOND);
	out = deliver(USER, true, "x");
	if (geteuid() == 0)
		assert_string_equal(
		    out.text, "uid 5000 5000 5000 gid 5000 5000 5000 groups 5002 root 0");
	else
		assert_int_equal(out.status, OUTCOME_DELIVERED);
	out = deliver(USER, false, "x");
	if (geteuid() == 0)
		assert_string_equal(
		    out.text, "uid 5000 5000 5000 gid 5000 5000 5000 groups root 0");
	mailbox_pool_close(&pool);
}

static void
test_rights_are_gone_for_good(void **state)
{
	(void)state;
	behave = tell_who;
	with_children(run_misbehaving, ask_who_writes);
}

static void
deliver_once(void *arg)
{
	(void)arg;
	open_pool(5, 60 * TICKS_SECOND);
	assert_int_equal(deliver(USER, false, "x").status, OUTCOME_DELIVERED);
	mailbox_pool_close(&pool);
}

/* The log's second file has a number among those that a child closes. */
static void
test_children_have_the_log(void **state)
{
	struct log_options o = { .sink_count = 1, .host = "h", .program = "p" };
	const struct log_options usual = {
		.sinks = { { .fd = 2 } }, .sink_count = 1, .host = "h", .program = "p"
	};
	int fd = open(scratch_path("log"), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char text[500] = "";

	(void)state;
	o.sinks[0].fd = fd;
	log_open(&o);
	behave = complain;
	with_children(run_misbehaving, deliver_once);
	log_open(&usual);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) >= 0);
	assert_non_null(strstr(text, "warning: a word of a child"));
	close(fd);
}

static void
ask_for_too_much(void *arg)
{
	static const uint32_t refused[] = { 0, 99, UINT32_MAX };

	(void)arg;
	if (geteuid() != 0)
		return;
	open_pool(5, 60 * TICKS_SECOND);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct outcome out = deliver(refused[i], false, "x/");

		assert_int_equal(out.status, OUTCOME_DEFERRED);
		assert_non_null(strstr(out.text, "cannot start a process for user"));
	}
	assert_int_equal(access(scratch_path("x"), F_OK), -1);
	assert_int_equal(deliver(100, false, "y/").status, OUTCOME_DELIVERED);
	mailbox_pool_close(&pool);
}

static void
test_the_spawner_refuses_ids(void **state)
{
	(void)state;
	with_children(write_mailboxes, ask_for_too_much);
}

static void
lose_a_process(void *arg)
{
	struct outcome out;

	(void)arg;
	open_pool(5, 60 * TICKS_SECOND);
	out = deliver(USER, false, "x");
	assert_int_equal(out.status, OUTCOME_DEFERRED);
	assert_non_null(strstr(out.text, "the process that wrote the mailbox has ended"));
	assert_int_equal(pool.count, 0);
	mailbox_pool_close(&pool);
}

static void
test_a_lost_process_means_a_deferral(void **state)
{
	(void)state;
	behave = die;
	with_children(run_misbehaving, lose_a_process);
	behave = answer_nonsense;
	with_children(run_misbehaving, lose_a_process);
}

static void
wait_for_the_sweep(void *arg)
{
	(void)arg;
	open_pool(5, 20 * TICKS_MS);
	assert_int_equal(deliver(USER, false, "a/").status, OUTCOME_DELIVERED);
	assert_int_equal(pool.count, 1);
	for (int i = 0; i < 200 && pool.count != 0; i++)
		assert_int_equal(task_sleep(run_deadline(10 * TICKS_MS)), 0);
	assert_int_equal(pool.count, 0);
	assert_int_equal(deliver(USER, false, "b/").status, OUTCOME_DELIVERED);
	mailbox_pool_close(&pool);
}

static void
test_idle_processes_end(void **state)
{
	(void)state;
	with_children(write_mailboxes, wait_for_the_sweep);
}

static unsigned done, most;

static void
deliver_one(void *arg)
{
	uint32_t uid = (uint32_t)(uintptr_t)arg;
	char name[40];

	snprintf(name, sizeof(name), "m%u-%u/", uid, done);
	if (deliver(uid, false, name).status == OUTCOME_DELIVERED)
		done++;
	most = pool.count > most ? pool.count : most;
}

static void
deliver_at_once(void *arg)
{
	struct group group;

	(void)arg;
	done = most = 0;
	group_init(&group);
	open_pool(3, 60 * TICKS_SECOND);
	for (uintptr_t i = 0; i < 30; i++)
		assert_int_equal(
		    task_start(&group, "deliver", deliver_one, (void *)(USER + i % 5)), 0);
	assert_int_equal(group_wait(&group, TICKS_NEVER), 0);
	assert_int_equal(done, 30);
	assert_int_equal(most, 3);
	mailbox_pool_close(&pool);
}

static void
test_no_more_than_the_limit(void **state)
{
	(void)state;
	with_children(write_mailboxes, deliver_at_once);
}

static void
pass_a_descriptor(void *arg)
{
	struct spawner_request user = { .uid = USER, .gid = USER };
	char text[200], path[300];
	struct message_mailbox_deliver m = make_message("fd", path);
	struct outcome out;
	FILE *f;
	int fd;

	(void)arg;
	scratch_write("spool", "secretSubject: x\r\n\r\nhello\r\nsecret");
	fd = open(scratch_path("spool"), O_RDONLY);
	assert_int_equal(chmod(scratch_path("spool"), 0), 0);
	open_pool(3, 60 * TICKS_SECOND);
	m.content = STR_NONE;
	m.content_offset = 6;
	m.content_length = 21;
	out = call(&user, &m, fd);
	assert_string_equal(out.text, "delivered to mailbox");
	f = fopen(m.path.p, "r");
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_non_null(strstr(text, "\nDelivered-To: c@d\nSubject: x\n\nhello\n\n"));
	assert_null(strstr(text, "secret"));
	assert_true(fcntl(fd, F_GETFD) >= 0);
	close(fd);
	mailbox_pool_close(&pool);
}

static void
test_content_in_a_descriptor(void **state)
{
	(void)state;
	with_children(write_mailboxes, pass_a_descriptor);
}

/* --- Files of addresses, commands ------------------------------------------------------------ */

static void
ask(uint32_t uid, bool with_commands, enum message_number number, const void *m, struct arena *a,
    struct mailbox_answer *out)
{
	const struct spawner_request user = {
		.uid = uid, .gid = uid, .with_commands = with_commands
	};
	const struct mailbox_call c = { number, m, -1 };

	mailbox_pool_call(&pool, &user, &c, a, out);
}

static void
read_files(void *arg)
{
	AUTO(arena) arena = ARENA_INIT((size_t)256 * 1024);
	char paths[2][200], box[300];
	struct message_line lines[2];
	struct message_mailbox_read m = { .paths = lines, .paths_count = 2 };
	struct message_mailbox_deliver mail = make_message("box", box);
	struct mailbox_answer out;
	uint32_t uid = geteuid() == 0 ? USER : geteuid();

	(void)arg;
	open_pool(5, 60 * TICKS_SECOND);
	scratch_write("list", "a, b\n");
	assert_int_equal(chown(scratch_path("list"), uid, (gid_t)-1), 0);
	snprintf(paths[0], sizeof(paths[0]), "%s/none", base);
	snprintf(paths[1], sizeof(paths[1]), "%s/list", base);
	lines[0].text = lines[1].text = str_of(paths[0]);
	ask(USER, false, MESSAGE_NUMBER_mailbox_read, &m, &arena, &out);
	assert_true(out.is_text);
	assert_int_equal(out.text.status, MAILBOX_TEXT_NONE);
	lines[1].text = str_of(paths[1]);
	ask(USER, false, MESSAGE_NUMBER_mailbox_read, &m, &arena, &out);
	assert_int_equal(out.text.status, MAILBOX_TEXT_FOUND);
	assert_int_equal(out.text.owner, uid);
	assert_true(str_equal(out.text.text, STR("a, b\n")));
	assert_true(str_equal(out.text.path, lines[1].text));
	/* A mailbox is not written where there is such a file. */
	mail = make_message("box", box);
	mail.forwards = &lines[1];
	mail.forwards_count = 1;
	ask(USER, false, MESSAGE_NUMBER_mailbox_deliver, &mail, &arena, &out);
	assert_true(out.is_text);
	assert_int_equal(out.text.status, MAILBOX_TEXT_FOUND);
	assert_int_equal(access(scratch_path("box"), F_OK), -1);
	assert_int_equal(unlink(scratch_path("list")), 0);
	ask(USER, false, MESSAGE_NUMBER_mailbox_deliver, &mail, &arena, &out);
	assert_false(out.is_text);
	assert_string_equal(out.outcome.text, "delivered to mailbox");
	mailbox_pool_close(&pool);
}

static void
test_files_of_addresses(void **state)
{
	(void)state;
	with_children(write_mailboxes, read_files);
}

static struct message_mailbox_command
make_command(const char *text)
{
	return (struct message_mailbox_command){
		.command = str_of(text), .time_limit = 10 * TICKS_SECOND, .content = STR("x\r\n")
	};
}

static void
run_commands(void *arg)
{
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024);
	struct message_mailbox_command m = make_command("id -u; id -G; echo $PATH; exit 75");
	struct mailbox_answer out;
	char words[200];

	(void)arg;
	open_pool(5, 60 * TICKS_SECOND);
	ask(USER, true, MESSAGE_NUMBER_mailbox_command, &m, &arena, &out);
	snprintf(words, sizeof(words), "temporary failure. Command output: %d %d", USER, USER);
	if (geteuid() == 0)
		assert_true(str_starts(str_of(out.outcome.text), str_of(words)));
	assert_int_equal(out.outcome.status, OUTCOME_DEFERRED);
	/* Its process dies: it is not started again at once. */
	scratch_write("count", "");
	assert_int_equal(chmod(scratch_path("count"), 0666), 0);
	snprintf(words, sizeof(words), "echo x >> %s; kill -9 $PPID", scratch_path("count"));
	m = make_command(words);
	ask(USER, true, MESSAGE_NUMBER_mailbox_command, &m, &arena, &out);
	assert_non_null(strstr(out.outcome.text, "has ended"));
	assert_int_equal(file_size("count"), 2);
	/* Without being asked for, none is started; never as root. */
	m = make_command("exit 0");
	if (geteuid() == 0) {
		ask(USER, false, MESSAGE_NUMBER_mailbox_command, &m, &arena, &out);
		assert_string_equal(out.outcome.dsn, WALLED ? "4.3.0" : "2.0.0");
		ask(0, true, MESSAGE_NUMBER_mailbox_command, &m, &arena, &out);
		assert_non_null(strstr(out.outcome.text, "cannot start a process for user 0"));
	}
	mailbox_pool_close(&pool);
}

static void
test_commands(void **state)
{
	(void)state;
	allows_commands = true;
	with_children(write_mailboxes, run_commands);
	allows_commands = false;
}

static void
ask_for_commands(void *arg)
{
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024);
	struct message_mailbox_command m = make_command("exit 0");
	struct mailbox_answer out;

	(void)arg;
	open_pool(5, 60 * TICKS_SECOND);
	ask(USER, true, MESSAGE_NUMBER_mailbox_command, &m, &arena, &out);
	assert_non_null(strstr(out.outcome.text, "cannot start a process for user"));
	mailbox_pool_close(&pool);
}

static void
test_commands_are_refused(void **state)
{
	(void)state;
	with_children(write_mailboxes, ask_for_commands);
}

static int
set_up(void **state)
{
	int result = make_base(state);

	if (result == 0)
		config = with_config("myhostname = mail.example\n");
	log_open(&(struct log_options){
	    .sinks = { { .fd = open("/dev/null", O_WRONLY) } },
	    .sink_count = 1,
	    .host = "h",
	    .program = "p",
	});
	return result;
}

static int
tear_down(void **state)
{
	config_free(config);
	return remove_base(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_each_user_writes_as_himself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rights_are_gone_for_good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_children_have_the_log, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_spawner_refuses_ids, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_lost_process_means_a_deferral, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_idle_processes_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_more_than_the_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_content_in_a_descriptor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files_of_addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_commands, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_commands_are_refused, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
