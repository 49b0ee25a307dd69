/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/queue.h"

#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/io/connect.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/sys/process.h"

#define ANSWER_MAX (60 * TICKS_MINUTE) /* an order may wait for a recovery, and for the disk */
#define PICKUP_MAX (10 * TICKS_SECOND)

struct talk {
	const char *path;
	PARKS void (*fn)(struct channel *qmgr, void *arg);
	void *arg;
	int error; /* of connecting */
};

int64_t
queue_deadline(void)
{
	return run_deadline(ANSWER_MAX);
}

PARKS static void
talk(void *arg)
{
	struct talk *t = arg;
	const struct channel_options options = {
		.protocol = CHANNEL_QUEUE,
		.program = command_name(),
		.capacity = 1,
	};
	struct channel channel;
	struct why why;
	int fd;

	t->error = connect_unix(t->path, &fd, queue_deadline());
	if (t->error < 0)
		return;
	if (channel_open(&channel, fd, &options, queue_deadline(), &why) < 0)
		command_fail(EX_TEMPFAIL, "the queue manager: %s", why.text);
	t->fn(&channel, t->arg);
	channel_close(&channel);
}

/* Sockets are named from there: a path of the whole tree may be too long for one. */
static void
enter_queue(const struct config *c)
{
	const char *queue = config_text(c, PARAM_queue_directory);
	int result = sys_chdir(queue);

	if (result < 0)
		command_fail(EX_UNAVAILABLE, "cannot enter %s: %s", queue, err_text(result));
}

static int
run_talk(const struct config *c, struct talk *t)
{
	AUTO(buf) path = BUF_INIT(200);
	int result;

	enter_queue(c);
	if (buf_addf(&path, "public/%s", config_text(c, PARAM_queue_service_name)) < 0)
		command_fail(EX_CONFIG, "queue_service_name is too long");
	t->path = buf_text(&path);
	result = run_init(&(struct run_options){ .simulated = false });
	if (result == 0) {
		result = run_main(talk, t);
		run_drop();
	}
	if (result < 0)
		command_fail(EX_OSERR, "cannot start: %s", err_text(result));
	return t->error;
}

bool
queue_try(const struct config *c, PARKS void (*fn)(struct channel *qmgr, void *arg), void *arg)
{
	struct talk t = { .fn = fn, .arg = arg };

	return run_talk(c, &t) == 0;
}

void
queue_talk(const struct config *c, PARKS void (*fn)(struct channel *qmgr, void *arg), void *arg)
{
	struct talk t = { .fn = fn, .arg = arg };
	int result = run_talk(c, &t);

	if (result < 0)
		command_fail(EX_UNAVAILABLE,
		    "the queue manager does not answer: the mail system is down (%s)",
		    err_text(result));
}

void
queue_check_failed(const struct frame *frame)
{
	struct message_failed failed;

	if (frame->number != MESSAGE_NUMBER_failed ||
	    message_decode_failed(frame, NULL, &failed) < 0)
		return;
	command_fail(failed.temporary ? EX_TEMPFAIL : EX_NOPERM, "%.*s", STR_ARG(failed.text));
}

/* True: nothing is to be told. */
static bool
show_trouble(const struct message_queue_done *done)
{
	for (uint32_t i = 0; i < done->unknown_count; i++)
		command_error("%.*s: no such message", STR_ARG(done->unknown[i].id));
	if (done->text.n != 0)
		command_error("%.*s", STR_ARG(done->text));
	return done->unknown_count == 0 && done->text.n == 0;
}

bool
queue_act(struct channel *qmgr, const struct message_queue_action *a, uint64_t *count)
{
	AUTO(arena) arena = ARENA_INIT((size_t)1024 * 1024);
	struct message_queue_done done;
	struct frame frame;
	int result = channel_send_queue_action(qmgr, 1, a, queue_deadline());

	if (result == 0)
		result = channel_receive(qmgr, &frame, queue_deadline());
	if (result == 0)
		queue_check_failed(&frame);
	if (result == 0)
		result = message_decode_queue_done(&frame, &arena, &done);
	if (result < 0)
		command_fail(EX_TEMPFAIL, "the queue manager: %s", err_text(result));
	*count += done.count;
	return show_trouble(&done);
}

/* --- pickup ----------------------------------------------------------------------------------- */

struct waking {
	const char *path;
	bool told;
};

PARKS static void
wake(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT,
		.program = "command",
		.capacity = 1,
	};
	static const struct message_collect collect;
	struct waking *w = arg;
	int64_t deadline = run_deadline(PICKUP_MAX);
	struct channel channel;
	struct why why;
	int fd;

	if (connect_unix(w->path, &fd, deadline) < 0 ||
	    channel_open(&channel, fd, &options, deadline, &why) < 0)
		return;
	w->told = channel_send_collect(&channel, 1, &collect, deadline) == 0 &&
	          channel_flush(&channel, deadline) == 0;
	channel_close(&channel);
}

bool
queue_wake_pickup(const struct config *c)
{
	AUTO(buf) path = BUF_INIT(200);
	struct waking w = { .told = false };

	enter_queue(c);
	if (buf_addf(&path, "public/%s", config_text(c, PARAM_pickup_service_name)) < 0 ||
	    run_init(&(struct run_options){ .simulated = false }) < 0)
		return false;
	w.path = buf_text(&path);
	if (run_main(wake, &w) < 0)
		w.told = false;
	run_drop();
	return w.told;
}
