/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other hosts' mail is not touched: its bytes may be signed, and are its author's. What this host's own
 * users and trusted clients send is completed here, at the last place that knows it is theirs.
 *
 * What is missing goes to the end of the header, where it stands in nobody's way; so the fields that came
 * keep their place and order.
 */
#include "cleanup/head.h"

#include "lib/base/err.h"
#include "lib/mail/message_id.h"

#define ADDED_MAX ((size_t)4096)

static int
insert(struct buf *b, size_t at, struct str text)
{
	char *end = buf_reserve(b, text.n);

	if (end == NULL)
		return ERR_TOO_LONG;
	buf_grow(b, text.n);
	memmove(b->p + at + text.n, b->p + at, b->n - text.n - at);
	memcpy(b->p + at, text.p, text.n);
	return 0;
}

static void
cut_out(struct buf *b, size_t at, size_t n)
{
	memmove(b->p + at, b->p + at + n, b->n - at - n);
	buf_cut(b, b->n - n);
}

/* *">" "From ": how mailbox files begin a message, and escape what looks so. */
static bool
is_from_line(struct str line)
{
	size_t i = 0;

	while (i < line.n && line.p[i] == '>')
		i++;
	return str_starts(str_from(line, i), STR("From "));
}

int
head_mask_from(struct buf *content, size_t from)
{
	const struct str name = STR("X-Mailbox-Line: ");
	size_t at = from;

	for (;;) {
		struct str rest = str_from(buf_str(content), at);
		size_t length = str_index(rest, '\n');

		if (length == rest.n)
			return 0;
		/* What was masked by an earlier call is passed over. */
		if (!str_starts(rest, name)) {
			if (!is_from_line(str_part(rest, 0, length)))
				return 0;
			if (insert(content, at, name) < 0)
				return ERR_TOO_LONG;
			length += name.n;
		}
		at += length + 1;
	}
}

bool
head_is_whole(struct str text)
{
	struct str lines = str_part(text, 0, 0);
	struct header_field field;
	struct header_iter it;
	size_t last = str_rindex(text, '\n');
	int result;

	if (last < text.n)
		lines = str_part(text, 0, last + 1);
	header_iter_init(&it, lines);
	do
		result = header_next(&it, &field);
	while (result > 0);
	return result < 0 || it.has_blank_line;
}

/* --- Checks ---------------------------------------------------------------------------------- */

static bool
is_dropped(const struct header_field *f, const struct config_list *drop)
{
	for (size_t i = 0; drop != NULL && i < drop->count; i++) {
		if (header_is(f, drop->items[i]))
			return true;
	}
	return false;
}

/* Also removes what is to be dropped; *changed: the text is then another. */
static enum verdict
check_fields(struct buf *content, size_t from, const struct head_rules *rules)
{
	struct header_iter it;
	struct header_field f;
	size_t at = from;

	header_iter_init(&it, str_from(buf_str(content), from));
	while (header_next(&it, &f) > 0) {
		if (f.whole.n > rules->field_max)
			return VERDICT_HEADER_TOO_LARGE;
		if (!is_dropped(&f, rules->drop)) {
			at += f.whole.n;
			continue;
		}
		cut_out(content, at, f.whole.n);
		header_iter_init(&it, str_from(buf_str(content), at));
	}
	return VERDICT_NONE;
}

/* --- Completion ------------------------------------------------------------------------------ */

static int
end_last_line(struct buf *content, size_t from, size_t *end)
{
	if (*end == from || content->p[*end - 1] == '\n')
		return 0;
	*end += 2;
	return insert(content, *end - 2, STR("\r\n"));
}

static int
complete(struct buf *content, size_t from, const struct compose_source *source)
{
	AUTO(buf) added = BUF_INIT(ADDED_MAX);
	struct head_survey head;
	size_t end;

	head_survey(str_from(buf_str(content), from), &head);
	if (compose_missing(&head, source, &added) < 0)
		return ERR_TOO_LONG;
	if (added.n == 0)
		return 0;
	end = from + head.length;
	if (end_last_line(content, from, &end) < 0)
		return ERR_TOO_LONG;
	return insert(content, end, buf_str(&added));
}

/* The body must not run into the header: an empty line, where the message has none. */
static int
separate(struct buf *content, size_t from, const struct head_survey *head)
{
	size_t end = from + head->length;

	if (head->has_blank_line || end == content->n)
		return 0;
	return insert(content, end, STR("\r\n"));
}

enum verdict
head_finish(
    struct buf *content, size_t from, const struct head_rules *rules, struct buf *message_id)
{
	struct head_survey head;
	enum verdict v = check_fields(content, from, rules);

	if (v != VERDICT_NONE)
		return v;
	if (rules->complete != NULL && complete(content, from, rules->complete) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	head_survey(str_from(buf_str(content), from), &head);
	(void)message_id_for_log(head.message_id, message_id);
	if (head.hops >= rules->hops_max)
		return VERDICT_TOO_MANY_HOPS;
	if (separate(content, from, &head) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	return VERDICT_NONE;
}
