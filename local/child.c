/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/child.h"

#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/ipc/channel.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"

#define HELLO_MAX  (10 * TICKS_SECOND)
#define ANSWER_MAX (60 * TICKS_SECOND)

struct child {
	int fd;
	const struct mailbox_options *options;
	struct channel channel;
};

/* Texts of a frame as C strings, which the system calls want. */
static int
take_paths(const struct message_mailbox_deliver *m, struct arena *a, struct mailbox_job *job)
{
	if (str_has_control(m->path) || !str_starts(m->path, m->base))
		return ERR_PROTOCOL;
	if (!str_starts(str_from(m->path, m->base.n), STR("/")))
		return ERR_PROTOCOL;
	job->path = arena_text(a, m->path);
	job->base = arena_text(a, m->base);
	return 0;
}

PARKS static int
deliver(struct child *c, const struct frame *f, int content_fd)
{
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024);
	struct message_mailbox_deliver m;
	struct mailbox_job job;
	struct outcome out;
	int result = message_decode_mailbox_deliver(f, &arena, &m);

	if (result == 0)
		result = take_paths(&m, &arena, &job);
	if (result < 0)
		return result;
	job.sender = m.sender;
	job.headers = m.headers;
	job.arrival = m.arrival;
	job.size_limit = m.size_limit;
	job.content = (struct content){ .fd = content_fd, .offset = m.content_offset };
	job.content.length = m.content_length;
	if (content_fd < 0)
		job.content.bytes = str_make(m.content.n != 0 ? m.content.p : "", m.content.n);
	if (content_fd < 0)
		job.content.length = m.content.n;
	mailbox_write(&job, c->options, &out);
	return channel_send_mailbox_delivered(&c->channel, f->request,
	    &(struct message_mailbox_delivered){
	        .status = out.status, .dsn = str_of(out.dsn), .text = str_of(out.text) },
	    run_deadline(ANSWER_MAX));
}

PARKS static int
serve_one(struct child *c)
{
	struct frame f;
	int result = channel_receive(&c->channel, &f, TICKS_NEVER);
	int fd;

	if (result < 0)
		return result;
	if (f.number != MESSAGE_NUMBER_mailbox_deliver)
		return ERR_PROTOCOL;
	fd = channel_take_fd(&c->channel);
	result = deliver(c, &f, fd);
	sys_close(fd);
	return result;
}

PARKS static void
serve(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_MAILBOX,
		.program = "mailbox",
		.capacity = 1,
	};
	struct child *c = arg;
	struct why why = WHY_INIT;
	int result;

	if (channel_open(&c->channel, c->fd, &options, run_deadline(HELLO_MAX), &why) < 0)
		sys_exit_now(EX_PROTOCOL); /* the agent has gone */
	while ((result = serve_one(c)) == 0)
		continue;
	if (result != ERR_EOF)
		log_warning("the channel of a mailbox process broke: %s", err_text(result));
	channel_close(&c->channel);
}

void
child_run(int fd, const struct mailbox_options *o)
{
	struct child *c = NEW(struct child);
	int result;

	c->fd = fd;
	c->options = o;
	result = run_init(&(struct run_options){ .simulated = false });
	if (result < 0)
		log_fatal(EX_OSERR, "cannot start the event loop: %s", err_text(result));
	run_before_sleep(log_flush);
	result = run_main(serve, c);
	log_flush();
	sys_exit_now(result < 0 ? EX_OSERR : 0);
}
