/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_LOG_H
#define LIB_SYS_LOG_H

#include "lib/base/event.h"

/*
 * Where log events go: to each of up to LOG_SINKS_MAX descriptors (files opened by master, standard
 * output; for commands, standard error) and syslog, each with a format of its own. One log per
 * process. Lines gather in a buffer until log_flush(), which the event loop calls before it sleeps,
 * so that a busy turn costs one write; warnings and worse go out at once, and so does everything
 * where there is no loop. Each write holds whole lines (O_APPEND).
 *
 * What cannot be written is counted and dropped: nothing waits for a log.
 */
enum log_format {
	LOG_TEXT,
	LOG_JSON,
};

#define LOG_SINKS_MAX 3

struct log_sink {
	int fd; /* -1: syslog */
	enum log_format format;
};

struct log_options {
	struct log_sink sinks[LOG_SINKS_MAX];
	size_t sink_count;
	const char *syslog;     /* path of its socket; NULL: /dev/log. Kept by pointer */
	int facility;           /* log_facility(); 0: mail */
	enum event_level least; /* what is below is not recorded */
	const char *host;       /* kept by pointer; outlives the log */
	const char *program;    /* "postroad/smtpd"; kept by pointer */
	bool gather;            /* lines wait for log_flush() */
	int64_t (*wall)(void);  /* clock; NULL: the system's. Under a loop: run_wall */
	uint64_t (*session)(
	    void); /* number of the session that a line belongs to; 0: none. NULL: none */
};

void log_open(const struct log_options *o);
void log_flush(void);
/* What it writes to now: for a process that closes everything else. */
size_t log_descriptors(int fds[LOG_SINKS_MAX]);
bool log_has(enum event_level level); /* events of this level are recorded */

/* "mail", "local3", …; -1: there is no such facility. */
int log_facility(const char *name);

/* Lets tests see each event; NULL ends it. The event is then not written. */
void log_divert(void (*see)(const struct event *e));

void log_record(enum event_id id, const struct event_field *fields);

#define log_event(id, ...) log_record((id), (const struct event_field[]){ __VA_ARGS__, F_END })

/* What this process is called in its lines. Borrowed from the options. */
const char *log_program(void);

/*
 * A line in the name of another process, for what must stand before our own lines although only that
 * process would say it: a client's name, once the message has its queue id.
 */
struct log_speaker {
	const char *program; /* as log_program() of that process */
	int pid;
};

void log_record_of(
    const struct log_speaker *who, enum event_id id, const struct event_field *fields);

#define log_event_of(who, id, ...) \
	log_record_of((who), (id), (const struct event_field[]){ __VA_ARGS__, F_END })

/* Free words, one line each. */
PRINTF(1, 2) void log_debug(const char *format, ...);
PRINTF(1, 2) void log_info(const char *format, ...);
PRINTF(1, 2) void log_warning(const char *format, ...);
PRINTF(1, 2) void log_error(const char *format, ...);

/* Logs and ends the process with `status` (sysexits). */
NORETURN PRINTF(2, 3) void log_fatal(int status, const char *format, ...);

#endif
