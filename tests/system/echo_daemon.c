/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon for the tests of master and lib/service: it tells about itself, and misbehaves on order.
 * Each line from a client is a command, each answer one line; a line that is none is echoed.
 *
 *	me              pid, uid and gid, blanks between
 *	get NAME        a parameter of its configuration
 *	env NAME        a variable of its environment
 *	fds             how many descriptors are open
 *	read PATH       opens a file for reading: "ok" or why not
 *	write PATH      the same for writing, making it
 *	inet            makes an Internet socket: the same
 *	draining        yes or no
 *	hold            answers "held" when draining begins
 *	exit N, kill N  ends with this status, or by this signal
 *	spin            does something for ever
 *
 * Words after the options in master.cf: "network", "root", "spool", "net", "single" set the service;
 * "refuse" lets open() fail, "late" lets it take a second.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/io/stream.h"
#include "lib/run/run.h"
#include "lib/service/service.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"

#define LINE_MAX_ 1024
#define PATIENCE  TICKS_MINUTE

static bool refuse, late;

/* --- Answers ----------------------------------------------------------------------------------- */

static const char *
outcome(int result)
{
	return result < 0 ? err_text(result) : "ok";
}

static const char *
try_file(const char *path, int flags)
{
	int fd = sys_open(path, flags, 0600);

	sys_close(fd < 0 ? -1 : fd);
	return outcome(fd);
}

static const char *
try_inet(void)
{
	struct endpoint any;
	int fd = endpoint_parse(STR("127.0.0.1"), 0, &any);

	if (fd == 0)
		fd = sys_listen_tcp(&any, 1);
	sys_close(fd < 0 ? -1 : fd);
	return outcome(fd);
}

static int
count_descriptors(void)
{
	struct folder_entry entry;
	struct folder f;
	int count = 0, result = folder_open(&f, AT_FDCWD, "/proc/self/fd");

	if (result < 0)
		return result;
	while (folder_next(&f, &entry) > 0)
		count++;
	folder_close(&f);
	return count - 1; /* without the one just used */
}

static void
end_as_told(const char *command, uint64_t number)
{
	log_flush();
	if (strcmp(command, "exit") == 0)
		exit((int)number);
	if (sys_kill(sys_pid(), (int)number) < 0)
		abort();
}

PARKS static const char *
hold(void)
{
	int result = 0;

	while (!service_is_draining() && result == 0)
		result = task_sleep(run_deadline(10 * TICKS_MS));
	return result == 0 ? "held" : "cancelled";
}

NORETURN static void
spin(void)
{
	for (volatile unsigned turns = 0;; turns++)
		;
}

/* NULL: no such command. */
PARKS static const char *
answer(const char *command, const char *argument)
{
	uint64_t number = 0;
	const char *text = NULL;

	if (strcmp(command, "me") == 0)
		return arena_printf(task_arena(), "%d %d %d", (int)sys_pid(),
		    (int)sys_effective_uid(), (int)sys_effective_gid());
	if (strcmp(command, "get") == 0)
		text = config_lookup(service_config(), argument);
	else if (strcmp(command, "env") == 0)
		text = sys_environment(argument);
	else if (strcmp(command, "fds") == 0)
		return arena_printf(task_arena(), "%d", count_descriptors());
	else if (strcmp(command, "read") == 0)
		return try_file(argument, O_RDONLY);
	else if (strcmp(command, "write") == 0)
		return try_file(argument, O_WRONLY | O_CREAT);
	else if (strcmp(command, "inet") == 0)
		return try_inet();
	else if (strcmp(command, "draining") == 0)
		return service_is_draining() ? "yes" : "no";
	else if (strcmp(command, "hold") == 0)
		return hold();
	else if (strcmp(command, "spin") == 0)
		spin();
	else if (num_parse(str_of(argument), 255, &number) == 0)
		end_as_told(command, number);
	else
		return NULL;
	return text != NULL ? text : "(none)";
}

/* --- The service ------------------------------------------------------------------------------- */

PARKS static int
serve_line(struct stream *s, struct str line)
{
	const char *text = arena_text(task_arena(), str_trim(line)), *found;
	struct str rest = str_of(text), word;
	int result;

	if (!str_word(&rest, " ", &word))
		return stream_write(s, line, run_deadline(PATIENCE));
	found = answer(arena_text(task_arena(), word), arena_text(task_arena(), str_trim(rest)));
	result = stream_printf(s, run_deadline(PATIENCE), "%s\n", found != NULL ? found : text);
	return result < 0 ? result : stream_flush(s, run_deadline(PATIENCE));
}

static void
serve(struct client *client)
{
	struct stream stream;
	struct str line;

	if (stream_open(&stream, client->fd) < 0) {
		sys_close(client->fd);
		return;
	}
	while (stream_read_line(&stream, LINE_MAX_, &line, run_deadline(PATIENCE)) == 0 &&
	       serve_line(&stream, line) == 0)
		;
	stream_close(&stream);
}

static int
open_service(const struct config *c, struct why *why)
{
	(void)c;
	if (late && task_sleep(run_deadline(TICKS_SECOND)) < 0)
		return ERR_CANCELLED;
	if (!refuse)
		return 0;
	why_set(why, "refusing to open, as told");
	return ERR_REFUSED;
}

static void
wake(void)
{
	log_info("woken up");
}

static void
close_service(void)
{
	log_info("closed");
}

static void
take_word(struct service *s, const char *word)
{
	if (strcmp(word, "network") == 0)
		s->user = SERVICE_USER_NETWORK;
	else if (strcmp(word, "root") == 0)
		s->user = SERVICE_USER_ROOT;
	else if (strcmp(word, "spool") == 0)
		s->walls |= WALL_SPOOL;
	else if (strcmp(word, "net") == 0)
		s->walls |= WALL_NET;
	else if (strcmp(word, "single") == 0)
		s->single = true;
	refuse = refuse || strcmp(word, "refuse") == 0;
	late = late || strcmp(word, "late") == 0;
}

int
main(int argc, char **argv)
{
	static struct service echo = {
		.name = "echo_daemon",
		.user = SERVICE_USER_MAIL,
		.open = open_service,
		.serve = serve,
		.wake = wake,
		.close = close_service,
	};

	for (int i = 1; i < argc; i++)
		take_word(&echo, argv[i]);
	return service_run(&echo, argc, argv);
}
