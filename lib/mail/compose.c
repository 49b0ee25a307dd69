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

static unsigned
field_bit(const struct header_field *f)
{
	static const struct {
		struct str name;
		unsigned bits;
	} rows[] = {
		{ STR_INIT("Date"), HEAD_DATE },
		{ STR_INIT("From"), HEAD_FROM },
		{ STR_INIT("Message-ID"), HEAD_MESSAGE_ID },
		{ STR_INIT("Resent-Date"), HEAD_RESENT_DATE },
		{ STR_INIT("Resent-From"), HEAD_RESENT_FROM },
		{ STR_INIT("Resent-Message-ID"), HEAD_RESENT_MESSAGE_ID },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (header_is(f, rows[i].name))
			return rows[i].bits;
	}
	return 0;
}

void
head_survey(struct str text, struct head_survey *out)
{
	struct header_field f;
	struct header_iter it;
	unsigned bit;

	*out = (struct head_survey){ .fields = 0 };
	header_iter_init(&it, text);
	while (header_next(&it, &f) > 0) {
		bit = field_bit(&f);
		if (bit == HEAD_MESSAGE_ID && (out->fields & bit) == 0)
			out->message_id = f.value;
		if (str_starts_nocase(f.name, STR("Resent-")))
			bit |= HEAD_RESENT;
		if (header_is(&f, STR("Received")))
			out->hops++;
		out->fields |= bit;
		out->length = it.offset;
	}
	out->has_blank_line = it.has_blank_line;
}

static int
add_from(const struct compose_source *s, struct buf *out)
{
	struct address daemon = { .local = STR("MAILER-DAEMON"), .domain = s->host };
	struct mailbox box = { .name = s->full_name, .address = *s->sender };

	if (address_is_null(s->sender))
		box = (struct mailbox){ .name = STR("Mail Delivery System"), .address = daemon };
	if (buf_add(out, STR("From: ")) < 0 || mailbox_add(&box, out) < 0)
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
		{ HEAD_FROM, HEAD_RESENT_FROM, add_from },
		{ HEAD_DATE, HEAD_RESENT_DATE, add_date },
		{ HEAD_MESSAGE_ID, HEAD_RESENT_MESSAGE_ID, add_message_id },
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
	if (result < 0)
		buf_cut(out, before);
	return result;
}
