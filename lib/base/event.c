/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rendering of log events. A line is the only thing that many readers see of a mail system, and
 * most of what it tells came from a stranger: so a value is cleaned where it enters the line, by
 * the one function that adds values, and no caller can forget it. Templates are read as they are
 * used; splitting them beforehand would save little, since most of the work is copying values.
 */
#include "lib/base/event.h"

#include "lib/base/bug.h"
#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/ticks.h"

struct event_kind_row {
	struct str name;
	enum event_level level;
	struct str template;
};

static const struct event_kind_row events[EVENT_COUNT] = {
#define EVENT(name, level, template) \
	{ { #name, sizeof(#name) - 1 }, LEVEL_##level, { template, sizeof(template) - 1 } },
#include "lib/base/event.def"
#undef EVENT
};

static const struct str field_names[FIELD_COUNT] = {
	{ "", 0 },
#define FIELD(name) { #name, sizeof(#name) - 1 },
#include "lib/base/event_field.def"
#undef FIELD
};

static const struct str level_names[] = {
	[LEVEL_DEBUG] = { "debug", 5 },
	[LEVEL_INFO] = { "info", 4 },
	[LEVEL_WARNING] = { "warning", 7 },
	[LEVEL_ERROR] = { "error", 5 },
	[LEVEL_FATAL] = { "fatal", 5 },
	[LEVEL_PANIC] = { "panic", 5 },
};

enum event_level
event_level_of(enum event_id id)
{
	BUG_ON(id >= EVENT_COUNT);
	return events[id].level;
}

/* Bytes at the start of s that may stand as they are. */
static size_t
clean_length(struct str s)
{
	size_t i = 0, length;

	while (i < s.n) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return i;
		length = str_utf8_length(str_from(s, i));
		if (length == 0)
			return i;
		i += length;
	}
	return i;
}

static int
add_clean(struct str s, struct buf *out)
{
	int result = 0;

	while (s.n != 0 && result == 0) {
		size_t n = clean_length(s);

		result = buf_add(out, str_part(s, 0, n));
		if (result == 0 && n < s.n)
			result = buf_add_byte(out, '?');
		s = str_from(s, n + 1);
	}
	return result;
}

int
event_add_delay(int64_t ticks, struct buf *out)
{
	int64_t unit = 1, hundredths;

	if (ticks < 0)
		ticks = 0;
	if (ticks >= 10 * TICKS_SECOND)
		unit = 100;
	else if (ticks >= TICKS_SECOND)
		unit = 10;
	unit *= TICKS_SECOND / 100;
	hundredths = (ticks + unit / 2) / unit * unit / (TICKS_SECOND / 100);
	if (hundredths % 100 == 0)
		return buf_addf(out, "%lld", (long long)(hundredths / 100));
	if (hundredths % 10 == 0)
		return buf_addf(
		    out, "%lld.%d", (long long)(hundredths / 100), (int)(hundredths % 100 / 10));
	return buf_addf(out, "%lld.%02d", (long long)(hundredths / 100), (int)(hundredths % 100));
}

static int
add_value(const struct event_field *f, struct buf *out)
{
	switch (f->kind) {
	case EVENT_KIND_NUM:
		return buf_addf(out, "%lld", (long long)f->number);
	case EVENT_KIND_DELAY:
		return event_add_delay(f->number, out);
	case EVENT_KIND_STR:
	default:
		return add_clean(f->text, out);
	}
}

static const struct event_field *
find_field(const struct event *e, struct str name)
{
	for (const struct event_field *f = e->fields; f->id != FIELD_NONE; f++) {
		if (str_equal(field_names[f->id], name))
			return f;
	}
	return NULL;
}

/* Takes the text up to the next {name}, and the name, off the template; false at its end. */
static bool
take_piece(struct str *template, struct str *literal, struct str *name)
{
	size_t end;

	if (template->n == 0)
		return false;
	*literal = str_part(*template, 0, str_index(*template, '{'));
	*template = str_from(*template, literal->n);
	if (template->n == 0) {
		*name = STR_NONE;
		return true;
	}
	end = str_index(*template, '}');
	BUG_ON(end == template->n);
	*name = str_part(*template, 1, end - 1);
	*template = str_from(*template, end + 1);
	return true;
}

static bool
has_all_fields(const struct event *e, struct str template)
{
	struct str literal, name;

	while (take_piece(&template, &literal, &name)) {
		if (name.n != 0 && find_field(e, name) == NULL)
			return false;
	}
	return true;
}

static int
add_pieces(const struct event *e, struct str template, struct buf *out)
{
	const struct event_field *f;
	struct str literal, name;
	int result;

	while (take_piece(&template, &literal, &name)) {
		result = buf_add(out, literal);
		if (result < 0)
			return result;
		f = name.n != 0 ? find_field(e, name) : NULL;
		result = f != NULL ? add_value(f, out) : 0;
		if (result < 0)
			return result;
	}
	return 0;
}

static int
add_template(const struct event *e, struct str template, struct buf *out)
{
	struct str group;
	size_t at;
	int result;

	for (;;) {
		at = str_find(template, STR("[["));
		result = add_pieces(e, str_part(template, 0, at), out);
		if (result < 0 || at == template.n)
			return result;
		template = str_from(template, at + 2);
		at = str_find(template, STR("]]"));
		BUG_ON(at == template.n);
		group = str_part(template, 0, at);
		result = has_all_fields(e, group) ? add_pieces(e, group, out) : 0;
		if (result < 0)
			return result;
		template = str_from(template, at + 2);
	}
}

static int
add_head(const struct event *e, const struct event_origin *o, struct buf *out)
{
	struct calendar c;
	int result;

	calendar_from_wall(&c, e->wall, e->zone);
	result = buf_addf(out, "%s %2d %02d:%02d:%02d ", calendar_month_name(c.month), c.day,
	    c.hour, c.minute, c.second);
	if (result == 0 && o->host != NULL)
		result = add_clean(str_of(o->host), out);
	if (result == 0 && o->host != NULL)
		result = buf_add_byte(out, ' ');
	if (result == 0)
		result = add_clean(str_of(o->program), out);
	if (result == 0)
		result = buf_addf(out, "[%d]: ", o->pid);
	return result;
}

/* All or nothing: takes back what was added since start. */
static int
finish(int result, size_t start, struct buf *out)
{
	if (result < 0)
		buf_cut(out, start);
	return result;
}

int
event_render_words(const struct event *e, struct buf *out)
{
	size_t start = out->n;

	BUG_ON(e->id >= EVENT_COUNT);
	return finish(add_template(e, events[e->id].template, out), start, out);
}

int
event_render_head(const struct event *e, const struct event_origin *o, struct buf *out)
{
	size_t start = out->n;

	return finish(add_head(e, o, out), start, out);
}

int
event_render_text(const struct event *e, const struct event_origin *o, struct buf *out)
{
	size_t start = out->n;
	int result = add_head(e, o, out);

	if (result == 0)
		result = event_render_words(e, out);
	if (result == 0)
		result = buf_add_byte(out, '\n');
	return finish(result, start, out);
}

static int
add_json_text(struct str name, struct str value, struct buf *out)
{
	int result = buf_addf(out, ",\"%.*s\":", STR_ARG(name));

	return result < 0 ? result : json_add_text(value, out);
}

static int
add_json_field(const struct event_field *f, struct buf *out)
{
	struct str name = field_names[f->id];
	int64_t ticks = f->number > 0 ? f->number : 0;

	switch (f->kind) {
	case EVENT_KIND_NUM:
		return buf_addf(out, ",\"%.*s\":%lld", STR_ARG(name), (long long)f->number);
	case EVENT_KIND_DELAY:
		return buf_addf(out, ",\"%.*s\":%lld.%06d", STR_ARG(name),
		    (long long)(ticks / TICKS_SECOND), (int)(ticks % TICKS_SECOND));
	case EVENT_KIND_STR:
	default:
		return add_json_text(name, f->text, out);
	}
}

/* "QUEUE_ACTIVE" is shown as "queue_active". */
static int
add_event_name(struct str name, struct buf *out)
{
	char lower[64];

	BUG_ON(name.n > sizeof(lower));
	for (size_t i = 0; i < name.n; i++)
		lower[i] = char_lower(name.p[i]);
	return add_json_text(STR("event"), str_make(lower, name.n), out);
}

static int
add_json_head(const struct event *e, const struct event_origin *o, struct buf *out)
{
	struct calendar c;
	int result;

	calendar_from_wall(&c, e->wall, 0);
	result = buf_addf(out, "{\"time\":\"%04lld-%02d-%02dT%02d:%02d:%02d.%06dZ\"",
	    (long long)c.year, c.month, c.day, c.hour, c.minute, c.second, c.microsecond);
	if (result == 0)
		result = add_json_text(STR("host"), str_of(o->host), out);
	if (result == 0)
		result = add_json_text(STR("program"), str_of(o->program), out);
	if (result == 0)
		result = buf_addf(out, ",\"pid\":%d", o->pid);
	if (result == 0)
		result = add_json_text(STR("level"), level_names[e->level], out);
	if (result == 0)
		result = add_event_name(events[e->id].name, out);
	if (result == 0 && e->session.n != 0)
		result = add_json_text(STR("session"), e->session, out);
	return result;
}

int
event_render_json(const struct event *e, const struct event_origin *o, struct buf *out)
{
	size_t start = out->n;
	int result;

	BUG_ON(e->id >= EVENT_COUNT);
	result = add_json_head(e, o, out);
	for (const struct event_field *f = e->fields; f->id != FIELD_NONE && result == 0; f++) {
		if (find_field(e, field_names[f->id]) == f)
			result = add_json_field(f, out);
	}
	if (result == 0)
		result = buf_add(out, STR("}\n"));
	return finish(result, start, out);
}
