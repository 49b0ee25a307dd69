/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/queue.h"

#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/io/connect.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/sys/process.h"

#define ANSWER_MAX (5 * TICKS_MINUTE) /* between two frames, however long the queue */

struct talk {
	const struct config *config;
	PARKS void (*fn)(struct channel *qmgr, void *arg);
	void *arg;
};

int64_t
queue_deadline(void)
{
	return run_deadline(ANSWER_MAX);
}

PARKS static int
connect_qmgr(const struct talk *t)
{
	AUTO(buf) path = BUF_INIT(200);
	int fd, result;

	result = buf_addf(&path, "public/%s", config_text(t->config, PARAM_queue_service_name));
	if (result == 0)
		result = connect_unix(buf_text(&path), &fd, queue_deadline());
	if (result < 0)
		command_fail(EX_TEMPFAIL,
		    "the queue manager does not answer: the mail system is down (%s)",
		    err_text(result));
	return fd;
}

PARKS static void
talk(void *arg)
{
	const struct talk *t = arg;
	const struct channel_options options = {
		.protocol = CHANNEL_QUEUE,
		.program = command_name(),
		.capacity = 1,
	};
	struct channel channel;
	struct why why;

	if (channel_open(&channel, connect_qmgr(t), &options, queue_deadline(), &why) < 0)
		command_fail(EX_TEMPFAIL, "the queue manager: %s", why.text);
	t->fn(&channel, t->arg);
	channel_close(&channel);
}

void
queue_talk(const struct config *c, PARKS void (*fn)(struct channel *qmgr, void *arg), void *arg)
{
	struct talk t = { .config = c, .fn = fn, .arg = arg };
	const char *queue = config_text(c, PARAM_queue_directory);
	int result = sys_chdir(queue);

	if (result < 0)
		command_fail(EX_UNAVAILABLE, "cannot enter %s: %s", queue, err_text(result));
	result = run_init(&(struct run_options){ .simulated = false });
	if (result == 0) {
		result = run_main(talk, &t);
		run_drop();
	}
	if (result < 0)
		command_fail(EX_OSERR, "cannot start: %s", err_text(result));
}

bool
queue_act(struct channel *qmgr, enum queue_action action, const char *queue_id,
    const char *queue_name, uint64_t *count)
{
	const struct message_queue_action a = {
		.action = action,
		.queue_id = str_of(queue_id),
		.queue_name = str_of(queue_name),
	};
	struct message_queue_done done;
	struct frame frame;
	int result = channel_send_queue_action(qmgr, 1, &a, queue_deadline());

	if (result == 0)
		result = channel_receive(qmgr, &frame, queue_deadline());
	if (result == 0)
		result = message_decode_queue_done(&frame, NULL, &done);
	if (result < 0)
		command_fail(EX_TEMPFAIL, "the queue manager: %s", err_text(result));
	*count = done.count;
	if (done.text.n == 0)
		return true;
	command_error("%s: %.*s", queue_id, STR_ARG(done.text));
	return false;
}
