/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/child.h"

#include <signal.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/ipc/channel.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "local/address_file.h"
#include "local/command.h"

#define HELLO_MAX     (10 * TICKS_SECOND)
#define ANSWER_MAX    (60 * TICKS_SECOND)
#define ARENA_MAX     ((size_t)1024 * 1024)
#define COMMANDS_PATH "/usr/bin:/bin" /* where commands are looked for */

struct child {
	int fd;
	const struct mailbox_options *options;
	struct channel channel;
	struct buf text; /* of a file of addresses */
};

/* --- Answers --------------------------------------------------------------------------------- */

/* An answer that has left spares the next read a call (see lib/io/stream_fd.c). */
PARKS static int
flush(struct child *c, int result)
{
	return result == 0 ? channel_flush(&c->channel, run_deadline(ANSWER_MAX)) : result;
}

PARKS static int
answer(struct child *c, uint32_t request, const struct outcome *out)
{
	const struct message_mailbox_delivered m = {
		.status = out->status, .dsn = str_of(out->dsn), .text = str_of(out->text)
	};

	return flush(
	    c, channel_send_mailbox_delivered(&c->channel, request, &m, run_deadline(ANSWER_MAX)));
}

PARKS static int
answer_text(struct child *c, uint32_t request, const struct message_mailbox_text *m)
{
	return flush(
	    c, channel_send_mailbox_text(&c->channel, request, m, run_deadline(ANSWER_MAX)));
}

static void
set_content(struct content *content, uint64_t offset, uint64_t length, struct str bytes, int fd)
{
	*content = (struct content){ .fd = fd, .offset = offset, .length = length };
	if (fd < 0)
		content->bytes = str_make(bytes.n != 0 ? bytes.p : "", bytes.n);
	if (fd < 0)
		content->length = bytes.n;
}

/* --- Files of addresses ---------------------------------------------------------------------- */

/*
 * The first of them that is there. Where a user's own is not to be used, the mail goes on as without
 * it, and the log says why.
 */
static struct message_mailbox_text
read_first(struct child *c, const struct message_line *paths, uint32_t count, bool is_include,
    struct why *why)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_MAX);
	struct message_mailbox_text m = { .status = MAILBOX_TEXT_NONE };
	struct address_file file = { .text = &c->text };

	for (uint32_t i = 0; i < count && m.status == MAILBOX_TEXT_NONE; i++) {
		buf_clear(&c->text);
		m.path = paths[i].text;
		m.status = address_file_read(arena_text(&arena, m.path), is_include, &file, why);
		if (m.status != MAILBOX_TEXT_UNSAFE || is_include)
			continue;
		log_warning("%s", why->text);
		m.status = MAILBOX_TEXT_NONE;
	}
	m.owner = file.owner;
	m.text = m.status == MAILBOX_TEXT_FOUND ? buf_str(&c->text) : str_of(why->text);
	return m;
}

PARKS static int
read_files(struct child *c, const struct frame *f)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_MAX);
	struct message_mailbox_read m;
	struct message_mailbox_text text;
	struct why why = WHY_INIT;
	int result = message_decode_mailbox_read(f, &arena, &m);

	if (result < 0)
		return result;
	text = read_first(c, m.paths, m.paths_count, m.is_include != 0, &why);
	result = answer_text(c, f->request, &text);
	buf_drop(&c->text);
	return result;
}

/* --- Mailboxes ------------------------------------------------------------------------------- */

/* Texts of a frame as C strings, which the system calls want. */
static int
take_job(const struct message_mailbox_deliver *m, int fd, struct arena *a, struct mailbox_job *job)
{
	if (str_has_control(m->path) || !str_starts(m->path, m->base))
		return ERR_PROTOCOL;
	if (!str_starts(str_from(m->path, m->base.n), STR("/")))
		return ERR_PROTOCOL;
	*job = (struct mailbox_job){
		.path = arena_text(a, m->path),
		.base = arena_text(a, m->base),
		.sender = m->sender,
		.headers = m->headers,
		.arrival = m->arrival,
		.size_limit = m->size_limit,
		.is_file = m->is_file != 0,
	};
	set_content(&job->content, m->content_offset, m->content_length, m->content, fd);
	return 0;
}

PARKS static int
deliver(struct child *c, const struct frame *f, int fd)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_MAX);
	struct message_mailbox_deliver m;
	struct message_mailbox_text text;
	struct mailbox_job job;
	struct outcome out;
	struct why why = WHY_INIT;
	int result = message_decode_mailbox_deliver(f, &arena, &m);

	if (result == 0)
		result = take_job(&m, fd, &arena, &job);
	if (result < 0)
		return result;
	text = read_first(c, m.forwards, m.forwards_count, false, &why);
	if (text.status != MAILBOX_TEXT_NONE)
		return answer_text(c, f->request, &text);
	mailbox_write(&job, c->options, &out);
	return answer(c, f->request, &out);
}

/* --- Commands -------------------------------------------------------------------------------- */

static void
take_command(
    const struct message_mailbox_command *m, int fd, struct arena *a, struct command_job *job)
{
	char **environment = ARENA_ARRAY(a, char *, m->environment_count + 1);

	for (uint32_t i = 0; i < m->environment_count; i++)
		environment[i] = arena_text(a, m->environment[i].text);
	*job = (struct command_job){
		.command = arena_text(a, m->command),
		.shell = arena_text(a, m->shell),
		.folder = m->folder.n != 0 ? arena_text(a, m->folder) : "/",
		.environment = environment,
		.time_limit = m->time_limit,
		.mail = { .sender = m->sender, .headers = m->headers, .arrival = m->arrival },
	};
	set_content(&job->mail.content, m->content_offset, m->content_length, m->content, fd);
}

PARKS static int
run_command(struct child *c, const struct frame *f, int fd)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_MAX);
	struct message_mailbox_command m;
	struct command_job job;
	struct outcome out;
	int result = message_decode_mailbox_command(f, &arena, &m);

	if (result < 0)
		return result;
	take_command(&m, fd, &arena, &job);
	if (command_run(&job, &out))
		return answer(c, f->request, &out);
	result = answer(c, f->request, &out);
	log_flush();
	sys_exit_now(result < 0 ? EX_IOERR : 0);
}

/* --- The loop -------------------------------------------------------------------------------- */

PARKS static int
serve_one(struct child *c)
{
	struct frame f;
	int result = channel_receive(&c->channel, &f, TICKS_NEVER);
	int fd;

	if (result < 0)
		return result;
	fd = channel_take_fd(&c->channel);
	if (f.number == MESSAGE_NUMBER_mailbox_deliver)
		result = deliver(c, &f, fd);
	else if (f.number == MESSAGE_NUMBER_mailbox_read)
		result = read_files(c, &f);
	else if (f.number == MESSAGE_NUMBER_mailbox_command)
		result = run_command(c, &f, fd);
	else
		result = ERR_PROTOCOL;
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

/* Commands are waited for; they get an environment of their own, and are looked for in this PATH. */
static int
prepare(void)
{
	static const char *const kept[] = { "TZ" }; /* for the log */
	int result = sys_signals_reset();

	if (result == 0)
		result = sys_ignore_signal(SIGPIPE);
	if (result == 0)
		result = sys_clean_environment(kept, ARRAY_LEN(kept));
	if (result == 0)
		result = sys_set_environment("PATH", COMMANDS_PATH);
	if (result == 0)
		result = run_init(&(struct run_options){ .simulated = false });
	return result;
}

void
child_run(int fd, const struct mailbox_options *o)
{
	struct child *c = NEW(struct child);
	int result;

	c->fd = fd;
	c->options = o;
	buf_init(&c->text, ADDRESS_FILE_MAX);
	result = prepare();
	if (result < 0)
		log_fatal(EX_OSERR, "cannot start the event loop: %s", err_text(result));
	run_before_sleep(log_flush);
	result = run_main(serve, c);
	log_flush();
	sys_exit_now(result < 0 ? EX_OSERR : 0);
}
