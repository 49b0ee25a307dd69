/* SPDX-License-Identifier: BSD-2-Clause */
/* A message whose header fields and body lines are the keys, as cleanup would ask for them. */
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/mail/mime.h"
#include "lib/service/command.h"
#include "tools/index.h"

struct walk {
	const struct config *config;
	const struct index_options *o;
	struct index_asker *asker;
	struct buf content_type, encoding; /* values in the message's header */
};

/* A header field is one key, its lines with LF between. */
PARKS static int
ask_for_field(struct walk *w, struct str field)
{
	AUTO(buf) key = BUF_INIT(field.n);

	if (!w->o->headers)
		return 0;
	field = str_trim(field);
	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] != '\r')
			BUG_ON(buf_add_byte(&key, field.p[i]) < 0);
	}
	return w->asker->ask(w->asker, buf_str(&key));
}

PARKS static int
ask_for_line(struct walk *w, struct str line)
{
	if (line.n != 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n != 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return w->o->body && line.n != 0 ? w->asker->ask(w->asker, line) : 0;
}

PARKS static int
ask_for_event(struct walk *w, const struct mime_event *e)
{
	if (e->kind == MIME_FIELD)
		return ask_for_field(w, e->text);
	return e->kind == MIME_BODY || e->kind == MIME_BOUNDARY ? ask_for_line(w, e->text) : 0;
}

PARKS static int
walk_parts(struct walk *w, struct str body)
{
	const struct mime_options options = {
		.field_max = (size_t)config_int(w->config, PARAM_header_size_limit),
		.boundary_max = (size_t)config_int(w->config, PARAM_mime_boundary_length_limit),
		.nesting_max = (size_t)config_int(w->config, PARAM_mime_nesting_limit),
		.lines = true,
	};
	struct mime_event e;
	struct mime m;
	int result, asked = 0;

	mime_init(&m, &options, buf_str(&w->content_type), buf_str(&w->encoding));
	while (asked >= 0 && (result = mime_next(&m, &body, true, &e)) != 0) {
		if (result < 0)
			command_warn("a header field beyond header_size_limit is cut");
		else
			asked = ask_for_event(w, &e);
	}
	mime_drop(&m);
	return asked < 0 ? asked : 0;
}

PARKS static int
walk_lines(struct walk *w, struct str body)
{
	struct str line;
	int result = 0;

	while (result >= 0 && str_split(&body, '\n', &line))
		result = ask_for_line(w, line);
	return result;
}

static void
keep_value(struct buf *out, const struct header_field *f, struct str name)
{
	if (header_is(f, name) && out->n == 0)
		(void)!header_unfold(f->value, out);
}

PARKS static int
walk_message(struct walk *w, struct str text)
{
	struct header_field field;
	struct header_iter it;
	int result = 0;

	header_iter_init(&it, text);
	while (result >= 0 && header_next(&it, &field) > 0) {
		keep_value(&w->content_type, &field, STR("Content-Type"));
		keep_value(&w->encoding, &field, STR("Content-Transfer-Encoding"));
		result = ask_for_field(w, field.whole);
	}
	if (result < 0)
		return result;
	return w->o->mime ? walk_parts(w, it.rest) : walk_lines(w, it.rest);
}

int
index_ask_for_message(const struct config *c, const struct index_options *o, struct str text,
    struct index_asker *asker)
{
	struct walk w = { .config = c, .o = o, .asker = asker };
	int result;

	buf_init(&w.content_type, text.n);
	buf_init(&w.encoding, text.n);
	result = walk_message(&w, text);
	buf_drop(&w.content_type);
	buf_drop(&w.encoding);
	return result;
}
