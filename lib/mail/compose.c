/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Only mail that begins here is completed: a relay that adds what a message lacks breaks signatures
 * and hides what its author wrote. Who is so trusted is the caller's to say.
 */
#include "lib/mail/compose.h"

#include "lib/base/err.h"
#include "lib/mail/date.h"
#include "lib/mail/mailbox.h"
#include "lib/mail/message_id.h"

struct field_row {
	struct str name;
	unsigned bits;
	size_t value; /* where in the survey the first value goes; 0: nowhere */
};

static const struct field_row *
find_row(const struct header_field *f)
{
#define VALUE(name) offsetof(struct head_survey, name)
	static const struct field_row rows[] = {
		{ STR_INIT("Date"), HEAD_DATE, 0 },
		{ STR_INIT("From"), HEAD_FROM, 0 },
		{ STR_INIT("Message-ID"), HEAD_MESSAGE_ID, VALUE(message_id) },
		{ STR_INIT("To"), HEAD_RECIPIENTS, 0 },
		{ STR_INIT("Cc"), HEAD_RECIPIENTS, 0 },
		{ STR_INIT("Content-Type"), 0, VALUE(type) },
		{ STR_INIT("Content-Transfer-Encoding"), 0, VALUE(encoding) },
		{ STR_INIT("Resent-To"), HEAD_RECIPIENTS | HEAD_RESENT, 0 },
		{ STR_INIT("Resent-Cc"), HEAD_RECIPIENTS | HEAD_RESENT, 0 },
		{ STR_INIT("Resent-Date"), HEAD_RESENT_DATE | HEAD_RESENT, 0 },
		{ STR_INIT("Resent-From"), HEAD_RESENT_FROM | HEAD_RESENT, 0 },
		{ STR_INIT("Resent-Message-ID"), HEAD_RESENT_MESSAGE_ID | HEAD_RESENT,
		    VALUE(resent_id) },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (header_is(f, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

void
head_survey_add(struct head_survey *s, const struct header_field *f)
{
	const struct field_row *row = find_row(f);

	if (header_is(f, STR("Received")))
		s->hops++;
	else if (row == NULL && str_starts_nocase(f->name, STR("Resent-")))
		s->fields |= HEAD_RESENT;
	if (row == NULL)
		return;
	s->fields |= row->bits;
	if (row->value != 0) {
		struct str *value = (struct str *)(void *)((char *)s + row->value);

		if (value->p == NULL)
			*value = f->value;
	}
}

void
head_survey(struct str text, struct head_survey *out)
{
	struct header_field f;
	struct header_iter it;

	*out = (struct head_survey){ .fields = 0 };
	header_iter_init(&it, text);
	while (header_next(&it, &f) > 0) {
		head_survey_add(out, &f);
		out->length = it.offset;
	}
	out->has_blank_line = it.has_blank_line;
}

/* "jo@example.org (Jo Doe)"; what a comment may not hold becomes a blank. */
static int
add_obsolete(const struct mailbox *box, struct buf *out)
{
	int result = address_add_external(&box->address, out);

	if (box->name.n == 0 || !str_is_ascii(box->name))
		return result;
	if (result == 0)
		result = buf_add(out, STR(" ("));
	for (size_t i = 0; i < box->name.n && result == 0; i++) {
		char c = box->name.p[i];

		result = buf_add_byte(out, strchr("()\\", c) != NULL || c < ' ' ? ' ' : c);
	}
	return result == 0 ? buf_add_byte(out, ')') : result;
}

static int
add_from(const struct compose_source *s, struct buf *out)
{
	struct address daemon = { .local = STR("MAILER-DAEMON"), .domain = s->host };
	struct mailbox box = { .name = s->full_name, .address = *s->sender };

	if (address_is_null(s->sender))
		box = (struct mailbox){ .name = STR("Mail Delivery System"), .address = daemon };
	if (buf_add(out, STR("From: ")) < 0 ||
	    (s->obsolete_from ? add_obsolete(&box, out) : mailbox_add(&box, out)) < 0)
		return ERR_TOO_LONG;
	return buf_add(out, STR("\r\n"));
}

static int
add_date(const struct compose_source *s, struct buf *out)
{
	if (buf_add(out, STR("Date: ")) < 0 || date_add(out, s->wall, s->zone) < 0)
		return ERR_TOO_LONG;
	return buf_add(out, STR("\r\n"));
}

static int
add_message_id(const struct compose_source *s, struct buf *out)
{
	if (buf_add(out, STR("Message-ID: ")) < 0 || message_id_add(out, s->id, s->host) < 0)
		return ERR_TOO_LONG;
	return buf_add(out, STR("\r\n"));
}

int
compose_missing(
    const struct head_survey *head, const struct compose_source *source, struct buf *out)
{
	static const struct {
		unsigned plain, resent;
		int (*add)(const struct compose_source *, struct buf *);
	} rows[] = {
		{ HEAD_MESSAGE_ID, HEAD_RESENT_MESSAGE_ID, add_message_id },
		{ HEAD_DATE, HEAD_RESENT_DATE, add_date },
		{ HEAD_FROM, HEAD_RESENT_FROM, add_from },
	};
	bool resent = (head->fields & HEAD_RESENT) != 0;
	size_t before = out->n;
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows) && result == 0; i++) {
		if ((head->fields & (resent ? rows[i].resent : rows[i].plain)) != 0)
			continue;
		if (resent)
			result = buf_add(out, STR("Resent-"));
		if (result == 0)
			result = rows[i].add(source, out);
	}
	if (result == 0 && (head->fields & HEAD_RECIPIENTS) == 0 && source->undisclosed.n != 0)
		result = buf_addf(out, "%.*s\r\n", STR_ARG(source->undisclosed));
	if (result < 0)
		buf_cut(out, before);
	return result;
}
