/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two ways for a message: pickup's socket, where the verdict is that of cleanup, after the commit;
 * or, when that cannot take it now (nobody listens, or a temporary failure), a file in the
 * maildrop, which postdrop writes. A connection that breaks after the content was sent leaves open
 * whether the message was taken: it is dropped then too, and may come twice (RFC 1047), rather than
 * not at all.
 */
#include <signal.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/io/stream.h"
#include "lib/ipc/submit_call.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"
#include "tools/sendmail.h"

#define CONTENT_PIECE_MAX ((size_t)65536) /* of message.def */

struct submission {
	const struct outgoing *message;
	const struct config *config;
	bool verbose;
	int status; /* of this program */
	bool tried; /* pickup answered for good */
};

/* --- pickup -------------------------------------------------------------------------------- */

/* 0: there is a verdict. */
PARKS static int
ask_pickup(struct submission *s, struct submit_call *call, struct message_verdict *verdict)
{
	int64_t deadline = run_deadline(config_time(s->config, PARAM_ipc_timeout));
	int result = submit_call_begin(call, &s->message->envelope, deadline);

	if (result == 0)
		result = submit_call_content(call, buf_str(&s->message->content), deadline);
	if (result >= 0)
		result = submit_call_end(call, verdict, deadline);
	return result;
}

static void
judge(struct submission *s, const struct message_verdict *verdict)
{
	s->tried = verdict->code / 100 != 4;
	s->status = EX_OK;
	if (s->verbose && verdict->code / 100 == 2)
		command_info(
		    "queued as %.*s; the log says what becomes of it", STR_ARG(verdict->queue_id));
	if (verdict->code / 100 != 5)
		return;
	command_error("%.*s %.*s", STR_ARG(verdict->dsn), STR_ARG(verdict->text));
	s->status = EX_UNAVAILABLE;
}

PARKS static void
submit(void *arg)
{
	struct submission *s = arg;
	AUTO(buf) path = BUF_INIT(200);
	struct message_verdict verdict;
	struct submit_call call;
	struct why why;

	if (buf_addf(&path, "public/%s", config_text(s->config, PARAM_pickup_service_name)) < 0)
		return;
	if (submit_call_open(&call, buf_text(&path), "sendmail",
	        run_deadline(config_time(s->config, PARAM_ipc_timeout)), &why) < 0)
		return;
	if (ask_pickup(s, &call, &verdict) == 0)
		judge(s, &verdict);
	submit_call_close(&call);
}

/* --- postdrop ------------------------------------------------------------------------------ */

struct pipe_end {
	int fd;
	bool broken; /* postdrop has gone, and has said why */
};

static void
give(struct pipe_end *p, struct str bytes)
{
	if (!p->broken && sys_write_all(p->fd, bytes) < 0)
		p->broken = true;
}

static void
give_content(struct pipe_end *p, struct str rest)
{
	AUTO(buf) frame = BUF_INIT(CONTENT_PIECE_MAX + 100);

	while (rest.n != 0) {
		struct message_content content = { .bytes = str_part(rest, 0, CONTENT_PIECE_MAX) };

		rest = str_from(rest, content.bytes.n);
		buf_clear(&frame);
		if (message_encode_content(&content, 1, &frame) < 0)
			command_fail(EX_SOFTWARE, "the content does not fit its frame");
		give(p, buf_str(&frame));
	}
}

static void
give_message(struct pipe_end *p, const struct outgoing *m)
{
	static const struct message_content_end end;
	AUTO(buf) frame = BUF_INIT(FRAME_MAX);

	if (message_encode_submit(&m->envelope, 1, &frame) < 0)
		command_fail(EX_DATAERR, "the envelope is too large");
	give(p, buf_str(&frame));
	give_content(p, buf_str(&m->content));
	buf_clear(&frame);
	if (message_encode_content_end(&end, 1, &frame) < 0)
		command_fail(EX_SOFTWARE, "a frame without fields does not fit");
	give(p, buf_str(&frame));
}

static pid_t
start_postdrop(const struct config *c, int fds[2])
{
	AUTO(buf) path = BUF_INIT(4096);
	AUTO(buf) directory = BUF_INIT(4096);
	char *argv[] = { (char[]){ "postdrop" }, (char[]){ "-c" }, NULL, NULL };
	const int standard[] = { fds[0], 1, 2 };
	struct spawn spawn = {
		.argv = argv,
		.environment = sys_environment_all(),
		.fds = standard,
		.fd_count = ARRAY_LEN(standard),
	};
	pid_t pid;
	int result;

	if (buf_addf(&path, "%s/postdrop", config_text(c, PARAM_command_directory)) < 0 ||
	    buf_add(&directory, str_of(config_text(c, PARAM_config_directory))) < 0)
		command_fail(EX_CONFIG, "the name of a directory is too long");
	spawn.path = buf_text(&path);
	argv[2] = directory.p;
	result = sys_spawn(&spawn, &pid);
	if (result < 0)
		command_fail(EX_OSERR, "cannot run %s: %s", spawn.path, err_text(result));
	return pid;
}

static int
drop(const struct outgoing *m, const struct config *c)
{
	struct process_end end;
	struct pipe_end p;
	int fds[2], result = sys_pipe(fds);
	pid_t pid;

	if (result < 0 || sys_ignore_signal(SIGPIPE) < 0)
		command_fail(EX_OSERR, "cannot make a pipe: %s", err_text(result));
	pid = start_postdrop(c, fds);
	sys_close(fds[0]);
	p = (struct pipe_end){ .fd = fds[1] };
	give_message(&p, m);
	sys_close(fds[1]);
	result = sys_wait(pid, &end);
	if (result < 0 || end.signal != 0)
		command_fail(EX_TEMPFAIL, "postdrop did not end well; the message was not taken");
	return end.status;
}

/* --- Both ---------------------------------------------------------------------------------- */

int
outgoing_submit(const struct outgoing *m, const struct config *c, bool verbose)
{
	struct submission s = {
		.message = m, .config = c, .verbose = verbose, .status = EX_TEMPFAIL
	};

	/* Sockets are named from there: a path of the whole tree may be too long for one. */
	if (sys_chdir(config_text(c, PARAM_queue_directory)) == 0 &&
	    run_init(&(struct run_options){ .simulated = false }) == 0) {
		if (run_main(submit, &s) < 0)
			s.tried = false;
		run_drop();
	}
	return s.tried ? s.status : drop(m, c);
}
