/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_EVENT_H
#define LIB_BASE_EVENT_H

#include <stdint.h>

#include "lib/base/buf.h"

/*
 * A log event: what happened, as typed fields, recorded once; rendered as the text line that
 * administrators and their tools know, or as one JSON object. The events and their text are rows
 * of event.def, the fields rows of event_field.def. Writing them out is lib/sys/log.h.
 *
 *	log_event(EVENT_QUEUE_ACTIVE, F_STR(queue_id, id), F_STR(sender, from), F_NUM(size, n),
 *	    F_NUM(nrcpt, 1));
 *
 * In a template, {field} is replaced by its value; what stands in [[ ]] is left out when a field
 * in it was not given. Elsewhere, a field that was not given leaves nothing. Values are cleaned:
 * control characters and what is not UTF-8 become '?'. Of a field given twice, the first counts.
 */
enum event_id {
#define EVENT(name, level, template) EVENT_##name,
#include "lib/base/event.def"
#undef EVENT
	EVENT_COUNT
};

enum event_level {
	LEVEL_DEBUG,
	LEVEL_INFO,
	LEVEL_WARNING,
	LEVEL_ERROR,
	LEVEL_FATAL,
	LEVEL_PANIC,
};

enum event_field_id {
	FIELD_NONE,
#define FIELD(name) FIELD_##name,
#include "lib/base/event_field.def"
#undef FIELD
	FIELD_COUNT
};

enum event_kind {
	EVENT_KIND_STR,
	EVENT_KIND_NUM,
	EVENT_KIND_DELAY,
};

struct event_field {
	enum event_field_id id; /* FIELD_NONE ends the list */
	enum event_kind kind;
	struct str text;
	int64_t number; /* EVENT_KIND_DELAY: ticks; shown in seconds, see event_add_delay() */
};

#define F_STR(name, value) \
	((struct event_field){ .id = FIELD_##name, .kind = EVENT_KIND_STR, .text = (value) })
#define F_NUM(name, value)     \
	((struct event_field){ \
	    .id = FIELD_##name, .kind = EVENT_KIND_NUM, .number = (int64_t)(value) })
#define F_DELAY(name, value) \
	((struct event_field){ .id = FIELD_##name, .kind = EVENT_KIND_DELAY, .number = (value) })
#define F_END ((struct event_field){ .id = FIELD_NONE })

/* Who speaks: the head of each line. */
struct event_origin {
	const char *host;    /* "mail"; NULL, of text: left out */
	const char *program; /* "postroad/smtpd" */
	int pid;
};

struct event {
	enum event_id id;
	enum event_level level;
	const struct event_field *fields; /* up to FIELD_NONE */
	int64_t wall;                     /* ticks since 1970 */
	int64_t zone;                     /* ticks east of UTC, for the text form */
	struct str session;               /* ties the lines of a session, in JSON; empty: none */
};

enum event_level event_level_of(enum event_id id);

/*
 * One line with its final newline. Text: "Nov 23 15:34:07 mail postroad/smtpd[123]: connect from …".
 * JSON: {"time":"2026-11-23T14:34:07.000000Z","host":"mail","program":"postroad/smtpd","pid":123,
 * "level":"info","event":"connect",…}, then the fields as they were given; delays to the microsecond.
 * Error: ERR_TOO_LONG (nothing was added).
 */
MUST_USE int event_render_text(
    const struct event *e, const struct event_origin *o, struct buf *out);
MUST_USE int event_render_json(
    const struct event *e, const struct event_origin *o, struct buf *out);

/* What stands before the words of a text line, "postroad/smtpd[123]: " included. */
MUST_USE int event_render_head(
    const struct event *e, const struct event_origin *o, struct buf *out);

/* Only the words, without head and newline. */
MUST_USE int event_render_words(const struct event *e, struct buf *out);

/*
 * Seconds as in delay= and delays=: at most two decimals, at most two significant digits where
 * there are decimals, no final zeros: "0.05", "1.2", "12", "345". Below zero counts as zero.
 */
MUST_USE int event_add_delay(int64_t ticks, struct buf *out);

#endif
