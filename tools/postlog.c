/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postlog(1): one log line from a script, where our other lines go: the log file, which the caller
 * must be allowed to write, or syslog.
 */
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/service/command.h"
#include "lib/service/log_places.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/user.h"

#define INPUT_MAX ((size_t)16 * 1024 * 1024)

struct order {
	const char *directory;
	const char *tag;
	enum event_id priority;
};

static enum event_id
priority_of(const char *word)
{
	static const struct {
		const char *word;
		enum event_id id;
	} rows[] = {
		{ "info", EVENT_MESSAGE },
		{ "warn", EVENT_WARNING },
		{ "warning", EVENT_WARNING },
		{ "error", EVENT_ERROR },
		{ "fatal", EVENT_FATAL },
		{ "panic", EVENT_PANIC },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcasecmp(word, rows[i].word) == 0)
			return rows[i].id;
	}
	command_fail(EX_USAGE, "\"%s\": info, warn, error, fatal or panic", word);
}

static int
open_place(const char *path)
{
	int fd = log_place_standard(path);

	if (fd < 0)
		fd = sys_open(path, O_WRONLY | O_APPEND, 0);
	if (fd < 0)
		command_fail(EX_NOPERM, "cannot write %s: %s", path, err_text(fd));
	return fd;
}

static void
open_log(const struct config *c, const char *tag, struct arena *a)
{
	struct why why = WHY_INIT;
	struct log_places places;
	struct log_options o = {
		.sinks = { { .fd = -1 } },
		.sink_count = 1,
		.syslog = config_text(c, PARAM_syslog_socket),
		.facility = log_facility(config_text(c, PARAM_syslog_facility)),
		.least = LEVEL_INFO,
		.program = arena_printf(a, "%s/%s", config_text(c, PARAM_syslog_name), tag),
	};

	if (log_places_find(c, &places, &why) < 0)
		command_fail(EX_CONFIG, "%s", why.text);
	o.sinks[0].format = places.format;
	for (size_t i = 0; i < places.count; i++) {
		const struct log_place *place = &places.items[i];

		o.sinks[i].fd = place->path != NULL ? open_place(place->path) : -1;
		o.sinks[i].format = place->format;
	}
	o.sink_count = places.count != 0 ? places.count : 1;
	if (sys_host_name(a, &o.host) < 0)
		o.host = config_text(c, PARAM_myhostname);
	log_open(&o);
}

static void
log_line(const struct order *o, struct str line)
{
	log_event(o->priority, F_STR(text, line));
}

static void
log_arguments(const struct order *o, char **words)
{
	AUTO(buf) line = BUF_INIT(INPUT_MAX);

	for (size_t i = 0; words[i] != NULL; i++) {
		if (buf_addf(&line, "%s%s", i != 0 ? " " : "", words[i]) < 0)
			command_fail(EX_DATAERR, "the line is too long");
	}
	log_line(o, buf_str(&line));
}

static void
log_input(const struct order *o)
{
	AUTO(buf) input = BUF_INIT(INPUT_MAX);
	struct str rest, line;
	int result = command_read(&input);

	if (result < 0)
		command_fail(EX_DATAERR, "cannot read standard input: %s", err_text(result));
	rest = buf_str(&input);
	while (str_split(&rest, '\n', &line)) {
		if (line.n != 0)
			log_line(o, line);
	}
}

int
main(int argc, char **argv)
{
	struct order o = { .tag = "postlog", .priority = EVENT_MESSAGE };
	struct arena arena = ARENA_INIT((size_t)64 * 1024);
	struct config *c;
	int option;

	command_open("postlog");
	while ((option = getopt(argc, argv, "+c:ip:t:v")) >= 0) {
		if (option == 'c')
			o.directory = optarg;
		else if (option == 'p')
			o.priority = priority_of(optarg);
		else if (option == 't')
			o.tag = optarg;
		else if (option == '?')
			command_fail(EX_USAGE,
			    "usage: postlog [-i] [-c directory] [-p priority] [-t tag] [text ...]");
	}
	c = command_config(command_directory(o.directory));
	open_log(c, o.tag, &arena);
	if (optind < argc)
		log_arguments(&o, argv + optind);
	else
		log_input(&o);
	log_flush();
	config_free(c);
	arena_drop(&arena);
	return EX_OK;
}
