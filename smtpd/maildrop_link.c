/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where pickup cannot be reached, a task of ours takes its place on a channel in memory: it passes the
 * frames of a message on to postdrop as they are, and makes the verdict of its exit status. So the
 * session knows one way only.
 */
#include "smtpd/maildrop_link.h"

#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/config.h"
#include "lib/io/connect.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"

#define PIPE_CAPACITY ((size_t)256 * 1024)

/* --- postdrop ----------------------------------------------------------------------------------- */

struct drop {
	pid_t pid; /* 0: does not run */
	struct stream out;
	int failed;
	struct process_end end;
};

static int
wait_process(void *arg)
{
	struct drop *d = arg;

	return sys_wait(d->pid, &d->end);
}

static int
spawn_postdrop(const struct config *c, int input, pid_t *pid)
{
	AUTO(buf) path = BUF_INIT(4096);
	AUTO(buf) directory = BUF_INIT(4096);
	char *argv[] = { (char[]){ "postdrop" }, (char[]){ "-c" }, NULL, NULL };
	const int standard[] = { input, 2, 2 };
	struct spawn spawn = {
		.argv = argv,
		.environment = sys_environment_all(),
		.fds = standard,
		.fd_count = ARRAY_LEN(standard),
	};

	if (buf_addf(&path, "%s/postdrop", config_text(c, PARAM_command_directory)) < 0 ||
	    buf_add(&directory, str_of(config_text(c, PARAM_config_directory))) < 0)
		return ERR_TOO_LONG;
	spawn.path = buf_text(&path);
	argv[2] = (char *)directory.p;
	return sys_spawn(&spawn, pid);
}

static int
drop_begin(struct drop *d, const struct config *c)
{
	int fds[2], result = sys_pipe(fds);

	if (result < 0)
		return result;
	result = spawn_postdrop(c, fds[0], &d->pid);
	sys_close(fds[0]);
	if (result == 0)
		result = sys_set_nonblocking(fds[1], true);
	if (result == 0)
		result = stream_open_pipe(&d->out, fds[1]);
	if (result < 0)
		sys_close(fds[1]);
	return result;
}

/* Without content_end before it, postdrop drops what it has. */
PARKS static void
drop_finish(struct drop *d)
{
	if (d->pid == 0)
		return;
	if (d->failed == 0)
		d->failed = stream_flush(&d->out, TICKS_NEVER);
	stream_close(&d->out);
	if (offload(wait_process, d) < 0 || d->end.signal != 0 || d->end.status != 0)
		d->failed = ERR_REFUSED;
	d->pid = 0;
}

/* --- In pickup's place ----------------------------------------------------------------------------- */

struct stand_in {
	struct maildrop_link *link;
	struct channel channel;
};

/* The frame as it came. */
static int
join(const struct frame *f, struct buf *out)
{
	struct arena arena = ARENA_INIT(2 * FRAME_MAX);
	union {
		struct message_submit submit;
		struct message_content content;
		struct message_content_end end;
	} m;
	int result = message_decode(f, f->number, &arena, &m);

	if (result == 0)
		result = message_encode(f->number, &m, 1, out);
	arena_drop(&arena);
	return result;
}

PARKS static void
pass_frame(struct maildrop_link *l, struct drop *d, const struct frame *f)
{
	AUTO(buf) whole = BUF_INIT(FRAME_MAX);

	if (f->number == MESSAGE_NUMBER_submit) {
		*d = (struct drop){ .pid = 0 };
		d->failed = drop_begin(d, l->config);
	}
	if (d->failed == 0)
		d->failed = join(f, &whole);
	if (d->failed == 0)
		d->failed = stream_write(&d->out, buf_str(&whole), TICKS_NEVER);
}

PARKS static int
answer(struct channel *c, const struct frame *f, const struct drop *d)
{
	struct message_verdict v = {
		.code = d->failed == 0 ? 250 : 451,
		.dsn = d->failed == 0 ? STR("2.0.0") : STR("4.3.0"),
		.text = d->failed == 0 ? STR("Ok") : STR("Error: the maildrop does not take it"),
		.queue_id = d->failed == 0 ? STR("maildrop") : STR_NONE,
	};

	return channel_send_verdict(c, f->request, &v, TICKS_NEVER);
}

PARKS static void
stand_in(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT, .program = "smtpd", .capacity = 1
	};
	struct stand_in *p = arg;
	struct drop drop = { .pid = 0 };
	struct why why = WHY_INIT;
	struct frame f;
	int result = channel_open_stream(&p->channel, &options, TICKS_NEVER, &why);

	while (result == 0 && channel_receive(&p->channel, &f, TICKS_NEVER) == 0) {
		if (f.number != MESSAGE_NUMBER_content_abort)
			pass_frame(p->link, &drop, &f);
		if (f.number == MESSAGE_NUMBER_content_abort ||
		    f.number == MESSAGE_NUMBER_content_end)
			drop_finish(&drop);
		if (f.number == MESSAGE_NUMBER_content_end)
			result = answer(&p->channel, &f, &drop);
	}
	drop_finish(&drop);
	if (result == 0)
		channel_close(&p->channel);
	mem_free(p);
}

PARKS static int
open_channel(void *context, struct caller *r, int64_t deadline, struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT, .program = "smtpd", .capacity = 1
	};
	struct maildrop_link *l = context;
	struct stand_in *p;
	int fd;

	if (connect_unix(l->pickup, &fd, deadline) == 0)
		return caller_open(r, fd, &options, deadline, why);
	p = NEW(struct stand_in);
	p->link = l;
	stream_open_pair(&r->channel.stream, &p->channel.stream, PIPE_CAPACITY);
	BUG_ON(task_start(&l->tasks, "maildrop", stand_in, p) < 0);
	return caller_open_stream(r, &options, deadline, why);
}

void
maildrop_link_init(struct maildrop_link *l, const struct config *c, struct kept_caller *k)
{
	*l = (struct maildrop_link){ .config = c };
	group_init(&l->tasks);
	snprintf(
	    l->pickup, sizeof(l->pickup), "public/%s", config_text(c, PARAM_pickup_service_name));
	k->open = open_channel;
	k->context = l;
}

void
maildrop_link_drop(struct maildrop_link *l)
{
	group_end(&l->tasks);
}
