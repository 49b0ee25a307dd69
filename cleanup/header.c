/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One walk over the fields, in Postfix's order: a field is checked, then remembered for what must be
 * completed, then removed or rewritten. Our own Received is a field like any other, so that header
 * checks can hide it. Other hosts' mail is checked, but neither rewritten nor completed: its bytes may be
 * signed, and are its author's.
 *
 * What is missing goes to the end of the header, so the fields that came keep their place and order.
 */
#include "cleanup/header.h"

#include "cleanup/head.h"
#include "cleanup/header_rewrite.h"
#include "lib/base/edit.h"
#include "lib/base/err.h"
#include "lib/mail/compose.h"
#include "lib/mail/message_id.h"
#include "lib/sys/clock.h"

#define ADDED_MAX     ((size_t)8192)
#define ODD_END_FIELD "MIME-Error: message header was ended by a line that is not empty"

struct walk {
	struct message *m;
	struct edit edit;
	struct buf made; /* the header, where it changes */
	struct head_survey survey;
	struct buf scratch; /* one field */
};

/* --- Checks ---------------------------------------------------------------------------------- */

/* Puts a line of a rule into the text, with the line end that it lacks. */
static int
put_line(struct walk *w, size_t at, struct str line)
{
	int result = edit_replace(&w->edit, at, 0, line);

	return result < 0 ? result : edit_replace(&w->edit, at, 0, STR("\r\n"));
}

/* *f becomes what a rule put in its place; its text lives as long as the message. */
static void
replace_field(struct walk *w, struct header_field *f, struct str text)
{
	struct header_iter it;

	header_iter_init(&it, str_of(arena_printf(&w->m->arena, "%.*s\r\n", STR_ARG(text))));
	(void)!header_next(&it, f);
}

/* *f is removed (name empty), replaced, or as it was. */
PARKS static enum verdict
check_field(struct walk *w, struct header_field *f, size_t at)
{
	struct check_change change;
	enum verdict v = check_field_text(w->m, CHECKS_HEADER, f->whole, &change);

	if (v != VERDICT_NONE)
		return v;
	if (change.prepend.n != 0 && put_line(w, at, change.prepend) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	if (change.remove)
		f->whole = f->name = STR_NONE;
	else if (change.replace.n != 0)
		replace_field(w, f, change.replace);
	return VERDICT_NONE;
}

/* --- One field ------------------------------------------------------------------------------- */

static bool
is_dropped(const struct message *m, const struct header_field *f)
{
	const struct config_list *drop = &m->cleanup->drop;

	for (size_t i = 0; i < drop->count; i++) {
		if (header_is(f, drop->items[i]))
			return true;
	}
	return false;
}

/* The encoding that another takes the place of. */
static bool
is_converted(const struct walk *w, const struct header_field *f)
{
	return header_is(f, STR("Content-Transfer-Encoding")) && body_is_converted(w->m, f->value);
}

/* By which rules header addresses are completed; NULL: they are not touched. */
static const struct rewrite_rules *
rewrite_rules_of(const struct message *m)
{
	const struct mapper *k = &m->cleanup->mapper;

	if (message_is_ours(m))
		return &k->rewrite;
	return k->rewrites_remote ? &k->rewrite_remote : NULL;
}

PARKS static enum verdict
rewrite_field(struct walk *w, const struct header_field *f, struct str *result)
{
	const struct rewrite_rules *rules = rewrite_rules_of(w->m);

	*result = f->whole;
	if (rules == NULL)
		return VERDICT_NONE;
	return header_rewrite(
	    &w->m->mapping, rules, f, w->m->cleanup->address_tokens_max, &w->scratch, result);
}

static void
log_message_id(const struct message *m, enum event_id event, struct str value)
{
	AUTO(buf) text = BUF_INIT((size_t)1024);
	struct str shown = message_id_for_log(value, &text);

	log_event(event, F_STR(queue_id, queue_id_str(&m->id)),
	    F_STR(message_id, shown.n != 0 ? shown : STR("<>")));
}

/* What must be known of a field that stays, or is only dropped. */
static void
remember(struct walk *w, const struct header_field *f)
{
	struct str id = w->survey.message_id, resent = w->survey.resent_id;

	head_survey_add(&w->survey, f);
	if (id.p == NULL && w->survey.message_id.p != NULL)
		log_message_id(w->m, EVENT_MESSAGE_ID, f->value);
	if (resent.p == NULL && w->survey.resent_id.p != NULL)
		log_message_id(w->m, EVENT_RESENT_MESSAGE_ID, f->value);
}

PARKS static enum verdict
take_field(struct walk *w, const struct header_field *given, size_t at)
{
	struct header_field f = *given;
	struct str result = STR_NONE;
	enum verdict v = VERDICT_NONE;

	if (given->whole.n > w->m->cleanup->field_max)
		return VERDICT_HEADER_TOO_LARGE;
	if (w->m->checking && w->m->cleanup->checks.any)
		v = check_field(w, &f, at);
	if (v == VERDICT_NONE && f.whole.n != 0) {
		remember(w, &f);
		v = body_judge_field(w->m, f.whole);
	}
	if (v == VERDICT_NONE && f.whole.n != 0 && !is_dropped(w->m, &f) && !is_converted(w, &f))
		v = rewrite_field(w, &f, &result);
	if (v != VERDICT_NONE || result.p == given->whole.p)
		return v;
	return edit_replace(&w->edit, at, given->whole.n, result) < 0 ? VERDICT_HEADER_TOO_LARGE
	                                                              : VERDICT_NONE;
}

/* --- The whole ------------------------------------------------------------------------------- */

static int
add_missing(const struct walk *w, struct buf *out)
{
	const struct message *m = w->m;
	const struct address sender = address_from_internal(m->parties.sender);
	const struct compose_source source = {
		.id = &m->id,
		.host = m->cleanup->host,
		.sender = &sender,
		.full_name = m->submit.full_name,
		.obsolete_from = m->cleanup->obsolete_from,
		.undisclosed = m->cleanup->undisclosed,
		.wall = m->arrival,
		.zone = sys_clock_zone(m->arrival),
	};

	if (!m->cleanup->complete_always && rewrite_rules_of(m) == NULL)
		return 0;
	return compose_missing(&w->survey, &source, out);
}

/* The ids that were made, and that there is none. */
static void
log_made_ids(const struct walk *w, struct str added)
{
	struct head_survey made;

	head_survey(added, &made);
	if (made.resent_id.p != NULL)
		log_message_id(w->m, EVENT_RESENT_MESSAGE_ID, made.resent_id);
	if (w->survey.message_id.p == NULL)
		log_message_id(w->m, EVENT_MESSAGE_ID, made.message_id);
}

/* What is missing goes to the end, and the empty line where there is none. */
static enum verdict
complete(struct walk *w, const struct header_iter *it)
{
	AUTO(buf) added = BUF_INIT(ADDED_MAX);
	size_t end = w->survey.length;
	bool is_odd = !it->has_blank_line && it->rest.n != 0;
	int result = 0;

	if (is_odd && w->m->cleanup->odd_end == ODD_END_ADD_HEADER)
		result = buf_add(&added, STR(ODD_END_FIELD "\r\n"));
	if (result == 0 && body_is_converted(w->m, w->survey.encoding))
		result = buf_add(&added, body_new_encoding(w->survey.type));
	if (result == 0)
		result = add_missing(w, &added);
	log_made_ids(w, buf_str(&added));
	if (result == 0 && is_odd)
		result = buf_add(&added, STR("\r\n"));
	if (result == 0 && added.n != 0 && end != 0 && w->edit.text.p[end - 1] != '\n')
		result = edit_replace(&w->edit, end, 0, STR("\r\n"));
	if (result == 0 && added.n != 0)
		result = edit_replace(&w->edit, end, 0, buf_str(&added));
	return result < 0 ? VERDICT_HEADER_TOO_LARGE : VERDICT_NONE;
}

/* Rules about the header as a whole. */
static enum verdict
judge(struct walk *w, const struct header_iter *it)
{
	struct message *m = w->m;
	struct str line = str_part(it->rest, 0, str_index(it->rest, '\n'));

	if (w->survey.hops >= m->cleanup->hops_max)
		return VERDICT_TOO_MANY_HOPS;
	if (m->cleanup->odd_end == ODD_END_REJECT && !it->has_blank_line && it->rest.n != 0 &&
	    m->checking)
		return check_mime_error(m, "non-empty end of message header", str_trim(line));
	return VERDICT_NONE;
}

/* What an SMTP server must be able to do for this header. RFC 6531; RFC 6152. */
static void
find_needs(struct walk *w)
{
	struct message *m = w->m;
	struct str text = str_part(w->edit.text, m->from, w->survey.length - m->from);

	if (m->cleanup->detects_8bit && str_equal_nocase(str_trim(w->survey.encoding), STR("8bit")))
		m->flags |= SUBMIT_8BITMIME;
	if (!str_is_ascii(text) && str_is_utf8(text) && message_detects_utf8(m))
		m->flags |= SUBMIT_SMTPUTF8;
}

PARKS static enum verdict
walk_fields(struct walk *w, struct header_iter *it)
{
	struct header_field f;
	enum verdict v = VERDICT_NONE;

	while (v == VERDICT_NONE && header_next(it, &f) > 0) {
		v = take_field(w, &f, it->offset - f.whole.n);
		w->survey.length = it->offset;
	}
	return v;
}

/* The draft gets the header that was made. */
static enum verdict
use(struct walk *w, size_t body_length)
{
	struct buf *content = &w->m->draft->content;
	struct str result;

	if (edit_finish(&w->edit, &result) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	if (w->edit.changed) {
		struct buf old = *content;

		*content = w->made;
		w->made = old;
	}
	w->m->body_at = content->n - body_length;
	return VERDICT_NONE;
}

enum verdict
header_finish(struct message *m)
{
	struct walk w = { .m = m };
	struct header_iter it;
	enum verdict v;

	buf_init(&w.made, MESSAGE_CONTENT_MAX);
	buf_init(&w.scratch, MESSAGE_CONTENT_MAX);
	edit_init(&w.edit, buf_str(&m->draft->content), &w.made);
	header_iter_init(&it, w.edit.text);
	v = walk_fields(&w, &it);
	if (v == VERDICT_NONE)
		v = judge(&w, &it);
	if (v == VERDICT_NONE) {
		find_needs(&w);
		v = body_begin(m, w.survey.type, w.survey.encoding);
	}
	if (v == VERDICT_NONE)
		v = complete(&w, &it);
	if (v == VERDICT_NONE)
		v = use(&w, it.rest.n);
	buf_drop(&w.made);
	buf_drop(&w.scratch);
	return v;
}
