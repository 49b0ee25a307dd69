/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An address is replaced where it stands, rather than the field written anew from its tokens as
 * Postfix does: comments, folds and blanks are the author's, and fields that need no change must stay
 * byte for byte.
 */
#include "cleanup/header_rewrite.h"

#include "lib/base/edit.h"
#include "lib/base/err.h"
#include "lib/mail/mailbox.h"

#define SCRATCH_MAX ((size_t)16 * 1024 * 1024)

/* 0: the field holds no addresses. */
static enum mapper_class
class_of(const struct header_field *f)
{
	static const struct {
		struct str name;
		enum mapper_class class_;
	} rows[] = {
		{ STR_INIT("From"), CLASS_HEADER_SENDER },
		{ STR_INIT("To"), CLASS_HEADER_RECIPIENT },
		{ STR_INIT("Cc"), CLASS_HEADER_RECIPIENT },
		{ STR_INIT("Bcc"), CLASS_HEADER_RECIPIENT },
		{ STR_INIT("Reply-To"), CLASS_HEADER_SENDER },
		{ STR_INIT("Sender"), CLASS_HEADER_SENDER },
		{ STR_INIT("Errors-To"), CLASS_HEADER_SENDER },
		{ STR_INIT("Return-Receipt-To"), CLASS_HEADER_SENDER },
		{ STR_INIT("Disposition-Notification-To"), CLASS_HEADER_SENDER },
		{ STR_INIT("Mail-Followup-To"), CLASS_HEADER_SENDER },
		{ STR_INIT("Apparently-To"), CLASS_HEADER_RECIPIENT },
		{ STR_INIT("Resent-From"), CLASS_HEADER_SENDER },
		{ STR_INIT("Resent-Sender"), CLASS_HEADER_SENDER },
		{ STR_INIT("Resent-Reply-To"), CLASS_HEADER_SENDER },
		{ STR_INIT("Resent-To"), CLASS_HEADER_RECIPIENT },
		{ STR_INIT("Resent-Cc"), CLASS_HEADER_RECIPIENT },
		{ STR_INIT("Resent-Bcc"), CLASS_HEADER_RECIPIENT },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (header_is(f, rows[i].name))
			return rows[i].class_;
	}
	return 0;
}

static bool
is_same(const struct address *a, const struct address *b)
{
	return str_equal(a->local, b->local) && str_equal(a->domain, b->domain);
}

/* obs-route = *(CFWS / ",") "@" domain … ":"; RFC 5322, section 4.4. */
static bool
has_route(struct str written)
{
	return str_starts(written, STR("@")) || str_starts(written, STR(","));
}

/* Replaces the address that stands at `written`, where it becomes another. */
PARKS static enum verdict
rewrite_one(const struct mapping *p, const struct rewrite_rules *rules, enum mapper_class class_,
    const struct address *found, struct str written, struct edit *e)
{
	AUTO(buf) text = BUF_INIT(3 * ADDRESS_MAX);
	struct address a;
	enum verdict v;

	rewrite_address(rules, found, p->arena, &a);
	v = mapping_canonical(p, class_, &a);
	if (v != VERDICT_NONE || (is_same(&a, found) && !has_route(written)))
		return v;
	if (address_add_external(&a, &text) < 0 ||
	    edit_replace(e, (size_t)(written.p - e->text.p), written.n, buf_str(&text)) < 0)
		return VERDICT_HEADER_TOO_LARGE;
	return VERDICT_NONE;
}

enum verdict
header_rewrite(const struct mapping *p, const struct rewrite_rules *rules,
    const struct header_field *f, size_t max, struct buf *out, struct str *result)
{
	AUTO(arena) scratch = ARENA_INIT(SCRATCH_MAX);
	enum mapper_class class_ = class_of(f);
	enum verdict v = VERDICT_NONE;
	struct mapping mapping = *p;
	struct mailbox_iter it;
	struct mailbox box;
	struct edit e;
	int found = 1;

	*result = f->whole;
	if (class_ == 0)
		return VERDICT_NONE;
	buf_clear(out);
	edit_init(&e, f->whole, out);
	mapping.arena = &scratch;
	mailbox_iter_init(&it, f->value, &scratch);
	for (size_t i = 0; i < max && v == VERDICT_NONE && found != 0; i++) {
		found = mailbox_next(&it, &box);
		if (found > 0 && !address_is_null(&box.address))
			v = rewrite_one(&mapping, rules, class_, &box.address, it.written, &e);
		arena_drop(&scratch);
	}
	if (v == VERDICT_NONE && edit_finish(&e, result) < 0)
		v = VERDICT_HEADER_TOO_LARGE;
	return v;
}
