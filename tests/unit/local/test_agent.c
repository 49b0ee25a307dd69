/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel with the queue manager: requests, answers, damage, and the end. */
#include "tests/unit/table/with_config.h"

#include <fcntl.h>

#include "lib/base/err.h"
#include "lib/ipc/caller.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "local/agent.h"
#include "tests/unit/run/in_loop.h"

static struct cond held; /* recipients "wait@…" wait for it */
static unsigned delivering, most;

/* Does as the recipient says: "sent@…", "late@…", "gone@…", "wait@…". */
static void
deliver(struct request *q, uint32_t index)
{
	struct str to = q->deliver.recipients[index].address;
	struct outcome *out = &q->outcomes[index];
	struct content_reader r;
	struct str piece;
	size_t size = 0;

	delivering++;
	most = delivering > most ? delivering : most;
	if (str_starts(to, STR("wait@")))
		(void)!cond_wait(&held, TICKS_NEVER);
	content_start(&r, &q->content);
	while (content_next(&r, &piece) > 0)
		size += piece.n;
	content_stop(&r);
	if (str_starts(to, STR("late@")))
		outcome_set(out, "4.2.0", "not now");
	else if (str_starts(to, STR("gone@")))
		outcome_set(out, "5.1.1", "no such user");
	else
		outcome_set(out, "2.0.0", "took %zu bytes", size);
	request_log(q, "test", to, q->deliver.recipients[index].original, out);
	delivering--;
}

static const struct agent_program program = {
	.name = "test", .filter = PARAM_local_delivery_status_filter, .deliver = deliver
};

/* --- The queue manager's side ---------------------------------------------------------------- */

static struct group agents;
static struct caller caller;

static void
serve(void *arg)
{
	struct client client = { .fd = *(int *)arg, .is_unix = true };

	agent_serve(&client);
}

static void
connect_agent(void)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_DELIVER, .program = "qmgr", .capacity = 1
	};
	static int fds[2];
	struct why why;

	group_init(&agents);
	assert_int_equal(sys_socketpair(fds), 0);
	assert_int_equal(task_start(&agents, "agent", serve, &fds[1]), 0);
	assert_int_equal(caller_open(&caller, fds[0], &options, TICKS_NEVER, &why), 0);
}

static void
disconnect_agent(void)
{
	caller_close(&caller);
	assert_int_equal(group_wait(&agents, TICKS_NEVER), 0);
}

static void
fill(struct message_deliver *m, struct message_recipient *r, const char *const *to, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		r[i] = (struct message_recipient){ .address = str_of(to[i]) };
	*m = (struct message_deliver){
		.queue_id = STR("ID"),
		.sender = STR("a@b"),
		.transport = STR("test"),
		.content = STR("hello\r\n"),
		.content_length = 7,
		.recipients = r,
		.recipients_count = count,
	};
}

/* The outcomes as "dsn text", between bars; or the words of a refusal. */
static void
ask(const char *const *to, uint32_t count, int fd, struct buf *out)
{
	AUTO(arena) arena = ARENA_INIT((size_t)1024 * 1024);
	struct message_recipient recipients[10];
	struct message_delivered answer;
	struct message_failed failed;
	struct message_deliver m;
	struct frame f;
	struct call k;

	fill(&m, recipients, to, count);
	if (fd >= 0) {
		m.content = STR_NONE;
		m.content_offset = 2;
		m.content_length = 3;
	}
	assert_int_equal(call_open(&k, &caller, TICKS_NEVER), 0);
	assert_int_equal(call_send_fd(&k, MESSAGE_NUMBER_deliver, &m, fd, TICKS_NEVER), 0);
	assert_int_equal(call_wait(&k, &f, TICKS_NEVER), 0);
	if (message_decode_failed(&f, &arena, &failed) == 0) {
		assert_int_equal(
		    buf_addf(out, "%u %.*s", failed.temporary, STR_ARG(failed.text)), 0);
	} else {
		assert_int_equal(message_decode_delivered(&f, &arena, &answer), 0);
		assert_int_equal(answer.outcomes_count, count);
		for (uint32_t i = 0; i < count; i++) {
			struct message_outcome *o = &answer.outcomes[i];

			assert_int_equal(o->index, i);
			assert_int_equal(buf_addf(out, "|%u %.*s %.*s", o->status, STR_ARG(o->dsn),
			                     STR_ARG(o->text)),
			    0);
			assert_str_is(o->relay, "test");
		}
	}
	call_close(&k);
}

static void
ask_for_outcomes(void *arg)
{
	static const char *const to[] = { "sent@x", "late@x", "gone@x" };
	AUTO(buf) out = BUF_INIT(1000);
	int fd;

	(void)arg;
	connect_agent();
	assert_int_equal(caller.slot_count, 100);
	ask(to, 3, -1, &out);
	assert_string_equal(
	    buf_text(&out), "|1 2.0.0 took 7 bytes|2 4.2.0 not now|3 5.1.1 no such user");
	buf_clear(&out);
	ask(to, 0, -1, &out);
	assert_string_equal(buf_text(&out), "");
	scratch_write("content", "xxabcyy");
	fd = open(scratch_path("content"), O_RDONLY);
	ask(to, 1, fd, &out);
	assert_string_equal(buf_text(&out), "|1 2.0.0 took 3 bytes");
	disconnect_agent();
}

static void
test_outcomes(void **state)
{
	(void)state;
	in_real(ask_for_outcomes, NULL);
}

static unsigned answered;

static void
ask_and_wait(void *arg)
{
	static const char *const to[] = { "wait@x" };
	AUTO(buf) out = BUF_INIT(1000);

	(void)arg;
	ask(to, 1, -1, &out);
	assert_string_equal(buf_text(&out), "|1 2.0.0 took 7 bytes");
	answered++;
}

static void
ask_at_once(void *arg)
{
	struct group askers;

	(void)arg;
	answered = most = 0;
	cond_init(&held);
	connect_agent();
	group_init(&askers);
	for (int i = 0; i < 120; i++)
		assert_int_equal(task_start(&askers, "asker", ask_and_wait, NULL), 0);
	while (most < 100)
		assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
	while (askers.count != 0) {
		cond_broadcast(&held);
		assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
	}
	assert_int_equal(answered, 120);
	assert_int_equal(most, 100);
	disconnect_agent();
}

static void
test_many_at_once(void **state)
{
	(void)state;
	in_real(ask_at_once, NULL);
}

static void
end_while_delivering(void *arg)
{
	static const char *const to[] = { "sent@x" };
	AUTO(buf) out = BUF_INIT(1000);
	struct group askers;

	(void)arg;
	answered = most = 0;
	cond_init(&held);
	connect_agent();
	group_init(&askers);
	assert_int_equal(task_start(&askers, "asker", ask_and_wait, NULL), 0);
	while (delivering == 0)
		assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
	agent_drain();
	ask(to, 1, -1, &out);
	assert_string_equal(buf_text(&out), "1 this process is about to end");
	cond_broadcast(&held);
	assert_int_equal(group_wait(&askers, TICKS_NEVER), 0);
	assert_int_equal(answered, 1);
	assert_int_equal(group_wait(&agents, TICKS_NEVER), 0);
	caller_close(&caller);
}

/* Last, since an agent that ends does not begin again. */
static void
test_what_was_begun_is_finished(void **state)
{
	(void)state;
	in_real(end_while_delivering, NULL);
}

static void
send_nonsense(void *arg)
{
	struct message_queue_done wrong = { .count = 1 };
	struct frame f;
	struct call k;

	(void)arg;
	connect_agent();
	assert_int_equal(call_open(&k, &caller, TICKS_NEVER), 0);
	assert_int_equal(call_send(&k, MESSAGE_NUMBER_queue_done, &wrong, TICKS_NEVER), 0);
	assert_true(call_wait(&k, &f, TICKS_NEVER) < 0);
	call_close(&k);
	disconnect_agent();
}

static void
test_another_message_ends_the_channel(void **state)
{
	(void)state;
	in_real(send_nonsense, NULL);
}

static int
set_up(void **state)
{
	struct config *config;
	struct why why;
	int result = scratch_make(state);

	log_open(&(struct log_options){
	    .sinks = { { .fd = open("/dev/null", O_WRONLY) } },
	    .sink_count = 1,
	    .host = "h",
	    .program = "p",
	});
	config =
	    with_config("myhostname = mail.example\nmail_owner = games\nnetwork_owner = irc\n");
	if (agent_open(config, &program, &why) < 0)
		fail_msg("%s", why.text);
	config_free(config);
	return result;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_another_message_ends_the_channel),
		cmocka_unit_test(test_what_was_begun_is_finished),
	};
	return cmocka_run_group_tests(tests, set_up, scratch_drop);
}
