/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines gather in one buffer and leave in one write, so that several processes can append to one file
 * without a log process between them: O_APPEND keeps each write whole. What cannot be written (disk
 * full, a pipe that nobody reads) is dropped and counted, and the count is the first line that gets
 * through again: mail does not wait for its log. The calls of this file go around the fault checks.
 */
#include "lib/sys/log.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/call.h"
#include "lib/sys/clock.h"
#include "lib/sys/process.h"

#define LINES_MAX   ((size_t)64 * 1024)
#define LINE_MAX_   ((size_t)16 * 1024)
#define WORDS_MAX   2048
#define PIPE_WAIT   1000                /* ms that a slow reader of our output may hold us up */
#define ZONE_PERIOD (15 * TICKS_MINUTE) /* offsets from UTC change at no other times */

static struct {
	struct log_options options;
	struct buf lines;
	size_t line_count;
	uint64_t lost;     /* lines since the last that got through */
	uint64_t reported; /* of them in a warning that waits in `lines` */
	int lost_why;
	int64_t zone, zone_period;
	void (*see)(const struct event *e);
} state = {
	.options = { .fd = STDERR_FILENO,
	    .least = LEVEL_INFO,
	    .host = "localhost",
	    .program = "postroad" },
	.lines = BUF_INIT(LINES_MAX),
};

static int64_t
wall(void)
{
	return state.options.wall != NULL ? state.options.wall() : sys_clock_wall();
}

static int64_t
zone_at(int64_t now)
{
	if (state.zone_period != now / ZONE_PERIOD + 1) {
		state.zone = sys_clock_zone(now);
		state.zone_period = now / ZONE_PERIOD + 1;
	}
	return state.zone;
}

void
log_open(const struct log_options *o)
{
	log_flush();
	state.options = *o;
	if (o->fd < 0)
		openlog(o->program, LOG_PID | LOG_NDELAY, LOG_MAIL);
	(void)zone_at(wall()); /* reads the zone while its file can be reached */
}

void
log_divert(void (*see)(const struct event *e))
{
	state.see = see;
}

static int
write_some(struct str bytes)
{
	ssize_t n;

	SYS_CALL(n, write(state.options.fd, bytes.p, bytes.n));
	if (n == -EAGAIN) {
		struct pollfd out = { .fd = state.options.fd, .events = POLLOUT };

		if (poll(&out, 1, PIPE_WAIT) == 1)
			SYS_CALL(n, write(state.options.fd, bytes.p, bytes.n));
	}
	return (int)n;
}

static void
write_lines(struct str bytes, size_t count)
{
	while (bytes.n > 0) {
		int n = write_some(bytes);

		if (n < 0) {
			state.lost += count;
			state.lost_why = n;
			state.reported = 0;
			return;
		}
		bytes = str_from(bytes, (size_t)n);
	}
	state.lost -= state.reported;
	state.reported = 0;
}

const char *
log_program(void)
{
	return state.options.program;
}

static int
render(const struct event *e, const struct log_speaker *who, struct buf *out)
{
	const struct event_origin origin = {
		.host = state.options.host,
		.program = who != NULL ? who->program : state.options.program,
		.pid = who != NULL ? who->pid : sys_pid(),
	};

	if (state.options.format == LOG_JSON)
		return event_render_json(e, &origin, out);
	return event_render_text(e, &origin, out);
}

static int
syslog_priority(enum event_level level)
{
	static const int priorities[] = {
		[LEVEL_DEBUG] = LOG_DEBUG,
		[LEVEL_INFO] = LOG_INFO,
		[LEVEL_WARNING] = LOG_WARNING,
		[LEVEL_ERROR] = LOG_ERR,
		[LEVEL_FATAL] = LOG_CRIT,
		[LEVEL_PANIC] = LOG_CRIT,
	};

	return priorities[level];
}

/* The tag of a line holds the process id where it is not ours. */
static void
to_syslog(const struct event *e, const struct log_speaker *who)
{
	AUTO(buf) words = BUF_INIT(LINE_MAX_);
	char tag[128];
	int n = state.options.format == LOG_JSON ? render(e, who, &words)
	                                         : event_render_words(e, &words);

	if (n < 0)
		return;
	if (who != NULL) {
		snprintf(tag, sizeof(tag), "%s[%d]", who->program, who->pid);
		openlog(tag, LOG_NDELAY, LOG_MAIL);
	}
	syslog(syslog_priority(e->level), "%s", buf_text(&words));
	if (who != NULL)
		openlog(state.options.program, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/* A line that the buffer has no room for goes out after what is in it; one too long even alone, not. */
static void
to_lines(const struct event *e, const struct log_speaker *who)
{
	if (render(e, who, &state.lines) < 0) {
		log_flush();
		if (render(e, who, &state.lines) < 0) {
			state.lost++;
			state.lost_why = ERR_TOO_LONG;
			return;
		}
	}
	state.line_count++;
}

static void
to_output(const struct event *e, const struct log_speaker *who)
{
	if (state.options.fd < 0)
		to_syslog(e, who);
	else
		to_lines(e, who);
}

/* Before the first line after a loss. */
static void
report_loss(void)
{
	char words[WORDS_MAX];
	struct event_field fields[2] = { F_STR(text, STR_NONE), F_END };
	struct event e = { .id = EVENT_WARNING, .level = LEVEL_WARNING, .fields = fields };

	snprintf(words, sizeof(words), "%llu lines of this log were lost: %s",
	    (unsigned long long)state.lost, err_text(state.lost_why));
	fields[0].text = str_of(words);
	e.wall = wall();
	e.zone = zone_at(e.wall);
	to_lines(&e, NULL);
	state.line_count--;
	state.reported = state.lost;
}

void
log_flush(void)
{
	size_t count = state.line_count;

	if (state.lines.n == 0)
		return;
	state.line_count = 0;
	write_lines(buf_str(&state.lines), count);
	buf_clear(&state.lines);
}

void
log_record_of(const struct log_speaker *who, enum event_id id, const struct event_field *fields)
{
	struct event e = { .id = id, .level = event_level_of(id), .fields = fields };

	if (e.level < state.options.least)
		return;
	e.wall = wall();
	e.zone = zone_at(e.wall);
	if (state.see != NULL) {
		state.see(&e);
		return;
	}
	if (state.lost > 0 && state.reported == 0)
		report_loss();
	to_output(&e, who);
	if (!state.options.gather || e.level >= LEVEL_WARNING)
		log_flush();
}

void
log_record(enum event_id id, const struct event_field *fields)
{
	log_record_of(NULL, id, fields);
}

PRINTF(2, 0)
static void
record_words(enum event_id id, const char *format, va_list ap)
{
	char words[WORDS_MAX];

	vsnprintf(words, sizeof(words), format, ap);
	log_event(id, F_STR(text, str_of(words)));
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	record_words(EVENT_MESSAGE, format, ap);
	va_end(ap);
}

void
log_warning(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	record_words(EVENT_WARNING, format, ap);
	va_end(ap);
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	record_words(EVENT_ERROR, format, ap);
	va_end(ap);
}

void
log_fatal(int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	record_words(EVENT_FATAL, format, ap);
	va_end(ap);
	log_flush();
	exit(status);
}
