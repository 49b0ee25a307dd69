/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command may read its input late or never, say much or nothing, leave children behind that hold its
 * pipes, or hang. So three things go on at once: a thread feeds it through a pipe that blocks, this
 * task reads what it says, and a task waits for its time to be over and then kills its process group;
 * everything else ends by itself when that is dead. What has left the group and still holds a pipe
 * gets a few seconds, and then this process ends instead.
 */
#include "local/command.h"

#include <errno.h>
#include <signal.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/io/stream.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"
#include "local/copy.h"

#define OUTPUT_MAX ((size_t)4096) /* the rest is read and dropped */
#define GRACE      (2 * TICKS_SECOND)
#define WORDS_MAX  1000u
#define SHELL      "/bin/sh"

struct run {
	const struct command_job *job;
	pid_t pid;
	int input; /* our end; the feeder's */
	int fed;   /* how that ended */
	struct stream output;
	struct buf said;
	struct group feeder, killer;
	struct process_end end;
	bool has_ended, was_killed;
};

/* --- Its input ------------------------------------------------------------------------------- */

/* On a thread: nothing of this process but the job is touched. */
static int
feed(void *arg)
{
	struct run *r = arg;
	const struct mailbox_job *mail = &r->job->mail;
	AUTO(buf) from = BUF_INIT(4096);
	struct content_reader reader;
	struct copy c;
	struct str piece;
	int result = mailbox_add_from_line(mail, &from);

	content_start(&reader, &mail->content);
	copy_start(&c, r->input, false);
	copy_add_raw(&c, buf_str(&from));
	copy_add(&c, mail->headers);
	while (result >= 0 && c.failed == 0 && (result = content_next(&reader, &piece)) > 0)
		copy_add(&c, piece);
	if (copy_finish(&c) < 0)
		result = c.failed;
	content_stop(&reader);
	sys_close(r->input);
	return result;
}

PARKS static void
run_feeder(void *arg)
{
	struct run *r = arg;

	r->fed = offload(feed, r);
}

/* --- Its time -------------------------------------------------------------------------------- */

PARKS static void
run_killer(void *arg)
{
	struct run *r = arg;

	if (task_sleep(run_deadline(r->job->time_limit)) < 0 || r->has_ended)
		return;
	r->was_killed = true;
	(void)!sys_kill(-r->pid, SIGKILL);
}

static int
wait_for(void *arg)
{
	struct run *r = arg;

	return sys_wait(r->pid, &r->end);
}

/* --- Its output ------------------------------------------------------------------------------ */

/* Until every process that has it has closed it. */
PARKS static void
read_output(struct run *r)
{
	int64_t deadline = run_deadline(ticks_add(r->job->time_limit, GRACE));
	struct str bytes;

	while (stream_read(&r->output, OUTPUT_MAX, &bytes, deadline) == 0) {
		size_t room = OUTPUT_MAX - r->said.n;

		BUG_ON(buf_add(&r->said, str_part(bytes, 0, room)) < 0);
	}
}

/* One line, for the log and the sender. */
static struct str
clean(struct buf *said)
{
	for (size_t i = 0; i < said->n; i++) {
		if (said->p[i] == '\n' || said->p[i] == '\r' || said->p[i] == '\t')
			said->p[i] = ' ';
		else if ((unsigned char)said->p[i] < ' ' || said->p[i] == 0x7f)
			said->p[i] = '?';
	}
	return str_trim(buf_str(said));
}

/* --- Start ----------------------------------------------------------------------------------- */

/* The words of `text`, from argv[0] on; how many. */
static size_t
split(struct str text, struct arena *a, char **argv)
{
	struct str word;
	size_t n = 0;

	while (n < WORDS_MAX && str_word(&text, " \t\n", &word))
		argv[n++] = arena_text(a, word);
	return n;
}

static int
spawn(struct run *r, char **argv, const int fds[3])
{
	struct spawn s = {
		.path = argv[0],
		.argv = argv,
		.environment = r->job->environment,
		.fds = fds,
		.fd_count = 3,
		.search = true,
		.folder = r->job->folder,
	};

	return sys_spawn(&s, &r->pid);
}

/* A word that is no program may be one of the shell's own. */
static int
start(struct run *r, const int fds[3])
{
	AUTO(arena) arena = ARENA_INIT((size_t)256 * 1024);
	char **argv = ARENA_ARRAY(&arena, char *, WORDS_MAX + 3);
	struct str command = str_of(r->job->command);
	int result = -ENOENT;

	if (r->job->shell[0] != '\0') {
		size_t n = split(str_of(r->job->shell), &arena, argv);

		argv[n] = arena_text(&arena, command);
		return spawn(r, argv, fds);
	}
	if (command_is_simple(command) && split(command, &arena, argv) < WORDS_MAX)
		result = spawn(r, argv, fds);
	/* A program that is not where it was may come back. */
	if (result != -ENOENT || (argv[0] != NULL && strchr(argv[0], '/') != NULL))
		return result;
	argv[0] = arena_text(&arena, str_of(SHELL));
	argv[1] = arena_text(&arena, STR("-c"));
	argv[2] = arena_text(&arena, command);
	argv[3] = NULL;
	return spawn(r, argv, fds);
}

/* in[], out[]: pipes; all but our two ends are closed. */
static int
start_with(struct run *r, const int in[2], const int out[2])
{
	const int fds[3] = { in[0], out[1], out[1] };
	int result = start(r, fds);

	sys_close(in[0]);
	sys_close(out[1]);
	if (result == 0)
		result = sys_set_nonblocking(out[0], true);
	if (result == 0)
		result = stream_open_pipe(&r->output, out[0]);
	if (result < 0) {
		sys_close(in[1]);
		sys_close(out[0]);
	}
	r->input = in[1];
	return result;
}

static int
open_pipes(struct run *r)
{
	int in[2], out[2];
	int result = sys_pipe(in);

	if (result < 0)
		return result;
	result = sys_pipe(out);
	if (result < 0) {
		sys_close(in[0]);
		sys_close(in[1]);
		return result;
	}
	return start_with(r, in, out);
}

/* --- The whole ------------------------------------------------------------------------------- */

static void
judge(struct run *r, int waited, struct outcome *out)
{
	const struct command_end end = {
		.in_time = !r->was_killed,
		.status = r->end.status,
		.signal = r->end.signal,
		.output = clean(&r->said),
	};

	if (waited < 0)
		outcome_set(out, "4.3.0", "cannot wait for the command: %s", err_text(waited));
	else
		command_judge(r->job->command, &end, out);
	/* What the command did not want to read is its own affair; what we could not read is not. */
	if (out->status == OUTCOME_DELIVERED && r->fed < 0 && r->fed != -EPIPE)
		outcome_set(out, "4.3.0", "the message cannot be read: %s", err_text(r->fed));
}

PARKS static bool
attend(struct run *r, struct outcome *out)
{
	int waited = task_start(&r->killer, "command killer", run_killer, r);

	if (waited == 0)
		waited = task_start(&r->feeder, "command feeder", run_feeder, r);
	if (waited < 0) {
		(void)!sys_kill(-r->pid, SIGKILL);
		outcome_set(out, "4.3.0", "cannot start a task: %s", err_text(waited));
		return false;
	}
	read_output(r);
	waited = offload(wait_for, r);
	r->has_ended = true;
	group_end(&r->killer);
	if (group_wait(&r->feeder, run_deadline(GRACE)) < 0) {
		judge(r, waited, out);
		return false;
	}
	judge(r, waited, out);
	return true;
}

bool
command_run(const struct command_job *job, struct outcome *out)
{
	struct run *r = NEW(struct run);
	int result;

	r->job = job;
	buf_init(&r->said, OUTPUT_MAX);
	group_init(&r->feeder);
	group_init(&r->killer);
	result = open_pipes(r);
	if (result < 0) {
		outcome_set(out, "4.3.0", "cannot start the command \"%s\": %s", job->command,
		    err_text(result));
	} else {
		if (!attend(r, out))
			return false; /* the feeder still uses *r */
		stream_close(&r->output);
	}
	buf_drop(&r->said);
	mem_free(r);
	return true;
}
