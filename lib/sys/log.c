/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event is rendered for each sink (log_sink.h) as it is recorded: what its fields borrow may be
 * gone a moment later.
 */
#include "lib/sys/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/clock.h"
#include "lib/sys/log_sink.h"
#include "lib/sys/process.h"

#define LINES_MAX   ((size_t)64 * 1024)
#define LINE_MAX_   ((size_t)16 * 1024)
#define WORDS_MAX   2048
#define ZONE_PERIOD (15 * TICKS_MINUTE) /* offsets from UTC change at no other times */

static struct {
	struct log_options options;
	struct sink sinks[LOG_SINKS_MAX];
	size_t sink_count;
	int64_t zone, zone_period;
	int64_t began; /* wall time of log_open(): a part of session ids */
	void (*see)(const struct event *e);
} state = {
	.options = { .least = LEVEL_INFO, .host = "localhost", .program = "postroad" },
	.sinks = { { .fd = STDERR_FILENO, .lines = BUF_INIT(LINES_MAX) } },
	.sink_count = 1,
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

bool
log_has(enum event_level level)
{
	return level >= state.options.least;
}

static void
close_sinks(void)
{
	log_flush();
	for (size_t i = 0; i < state.sink_count; i++)
		sink_close(&state.sinks[i]);
	state.sink_count = 0;
}

void
log_open(const struct log_options *o)
{
	close_sinks();
	state.options = *o;
	for (size_t i = 0; i < o->sink_count; i++) {
		state.sinks[i] = (struct sink){
			.fd = o->sinks[i].fd,
			.is_syslog = o->sinks[i].fd < 0,
			.is_json = o->sinks[i].format == LOG_JSON,
			.path = o->syslog != NULL ? o->syslog : "/dev/log",
			.lines = BUF_INIT(LINES_MAX),
		};
		sink_open(&state.sinks[i]);
	}
	state.sink_count = o->sink_count;
	state.began = wall();
	(void)zone_at(state.began); /* reads the zone while its file can be reached */
}

size_t
log_descriptors(int fds[LOG_SINKS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < state.sink_count; i++) {
		if (state.sinks[i].fd >= 0)
			fds[count++] = state.sinks[i].fd;
	}
	return count;
}

int
log_facility(const char *name)
{
	static const struct {
		const char *name;
		int value;
	} rows[] = {
		{ "auth", LOG_AUTH },
		{ "authpriv", LOG_AUTHPRIV },
		{ "cron", LOG_CRON },
		{ "daemon", LOG_DAEMON },
		{ "ftp", LOG_FTP },
		{ "kern", LOG_KERN },
		{ "lpr", LOG_LPR },
		{ "mail", LOG_MAIL },
		{ "news", LOG_NEWS },
		{ "syslog", LOG_SYSLOG },
		{ "user", LOG_USER },
		{ "uucp", LOG_UUCP },
		{ "local0", LOG_LOCAL0 },
		{ "local1", LOG_LOCAL1 },
		{ "local2", LOG_LOCAL2 },
		{ "local3", LOG_LOCAL3 },
		{ "local4", LOG_LOCAL4 },
		{ "local5", LOG_LOCAL5 },
		{ "local6", LOG_LOCAL6 },
		{ "local7", LOG_LOCAL7 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].value;
	}
	return -1;
}

void
log_divert(void (*see)(const struct event *e))
{
	state.see = see;
}

const char *
log_program(void)
{
	return state.options.program;
}

static struct event_origin
origin_of(const struct log_speaker *who)
{
	return (struct event_origin){
		.host = state.options.host,
		.program = who != NULL ? who->program : state.options.program,
		.pid = who != NULL ? who->pid : sys_pid(),
	};
}

static int
render(const struct sink *s, const struct event *e, const struct log_speaker *who, struct buf *out)
{
	const struct event_origin origin = origin_of(who);

	if (s->is_json)
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

/* "Nov 23 15:34:07 postroad/smtpd[123]: words", as syslog(3) writes to its socket; RFC 3164 4.1 */
static int
render_syslog(
    const struct sink *s, const struct event *e, const struct log_speaker *who, struct buf *out)
{
	struct event_origin origin = origin_of(who);
	int result;

	origin.host = NULL;
	if (!s->is_json)
		return event_render_text(e, &origin, out);
	result = event_render_head(e, &origin, out);
	return result < 0 ? result : render(s, e, who, out);
}

static void
to_syslog(struct sink *s, const struct event *e, const struct log_speaker *who)
{
	AUTO(buf) line = BUF_INIT(LINE_MAX_);
	int facility = state.options.facility != 0 ? state.options.facility : LOG_MAIL;
	int result = render_syslog(s, e, who, &line);

	if (result < 0)
		sink_note_lost(s, 1, result);
	else
		sink_send(s, facility | syslog_priority(e->level), str_trim(buf_str(&line)));
}

/* A line that the buffer has no room for goes out after what is in it; one too long even alone, not. */
static void
to_lines(struct sink *s, const struct event *e, const struct log_speaker *who)
{
	if (render(s, e, who, &s->lines) < 0) {
		sink_flush(s);
		if (render(s, e, who, &s->lines) < 0) {
			sink_note_lost(s, 1, ERR_TOO_LONG);
			return;
		}
	}
	s->line_count++;
}

/* Before the first line after a loss. */
static void
report_loss(struct sink *s)
{
	char words[WORDS_MAX];
	struct event_field fields[2] = { F_STR(text, STR_NONE), F_END };
	struct event e = { .id = EVENT_WARNING, .level = LEVEL_WARNING, .fields = fields };
	uint64_t lost = s->lost;

	snprintf(words, sizeof(words), "%llu lines of this log were lost: %s",
	    (unsigned long long)lost, err_text(s->lost_why));
	fields[0].text = str_of(words);
	e.wall = wall();
	e.zone = zone_at(e.wall);
	if (s->is_syslog) {
		s->lost = 0;
		to_syslog(s, &e, NULL);
		s->lost += s->lost != 0 ? lost - 1 : 0;
		return;
	}
	to_lines(s, &e, NULL);
	s->line_count--;
	s->reported = lost;
}

static void
to_sink(struct sink *s, const struct event *e, const struct log_speaker *who)
{
	if (s->lost > 0 && s->reported == 0)
		report_loss(s);
	if (s->is_syslog)
		to_syslog(s, e, who);
	else
		to_lines(s, e, who);
}

void
log_flush(void)
{
	for (size_t i = 0; i < state.sink_count; i++) {
		if (state.sinks[i].lines.n != 0)
			sink_flush(&state.sinks[i]);
	}
}

/* Unique among all sessions of all processes: when the process began, which it is, which session. */
static struct str
session_id(char *text, size_t size)
{
	uint64_t number = state.options.session != NULL ? state.options.session() : 0;
	int n;

	if (number == 0)
		return STR_NONE;
	n = snprintf(text, size, "%llx-%x-%llx", (unsigned long long)(state.began / TICKS_MS),
	    (unsigned)sys_pid(), (unsigned long long)number);
	return str_make(text, (size_t)n);
}

void
log_record_of(const struct log_speaker *who, enum event_id id, const struct event_field *fields)
{
	struct event e = { .id = id, .level = event_level_of(id), .fields = fields };
	char session[64];

	if (e.level < state.options.least)
		return;
	e.wall = wall();
	e.zone = zone_at(e.wall);
	e.session = session_id(session, sizeof(session));
	if (state.see != NULL) {
		state.see(&e);
		return;
	}
	for (size_t i = 0; i < state.sink_count; i++)
		to_sink(&state.sinks[i], &e, who);
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
log_debug(const char *format, ...)
{
	va_list ap;

	if (!log_has(LEVEL_DEBUG))
		return;
	va_start(ap, format);
	record_words(EVENT_DEBUG, format, ap);
	va_end(ap);
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
