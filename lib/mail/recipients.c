/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/mail/recipients.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/mail/mailbox.h"

void
recipients_init(struct recipients *r, struct arena *arena, size_t max)
{
	*r = (struct recipients){ .arena = arena, .max = max };
}

void
recipients_drop(struct recipients *r)
{
	mem_free(r->items);
	r->items = NULL;
	r->count = r->room = 0;
}

static bool
same(const struct address *a, const struct address *b)
{
	return str_equal(a->local, b->local) && str_equal(a->domain, b->domain);
}

static bool
has(const struct recipients *r, const struct address *address)
{
	for (size_t i = 0; i < r->count; i++) {
		if (same(&r->items[i], address))
			return true;
	}
	return false;
}

static int
add(struct recipients *r, const struct address *address)
{
	if (address_is_null(address) || has(r, address))
		return 0;
	if (r->count == r->max)
		return ERR_TOO_MANY;
	if (r->count == r->room) {
		r->room = r->room == 0 ? 8 : 2 * r->room;
		r->items = mem_resize(r->items, r->room, sizeof(*r->items));
	}
	r->items[r->count++] = *address;
	return 0;
}

int
recipients_add_list(struct recipients *r, struct str list)
{
	struct mailbox_iter it;
	struct mailbox box;
	int result;

	mailbox_iter_init(&it, list, r->arena);
	while ((result = mailbox_next(&it, &box)) > 0) {
		result = add(r, &box.address);
		if (result < 0)
			return result;
	}
	if (result < 0)
		r->bad = list;
	return result;
}

static bool
is_one_of(const struct header_field *f, const struct str names[3])
{
	return header_is(f, names[0]) || header_is(f, names[1]) || header_is(f, names[2]);
}

/* Adds the fields of these names; answers how many there were. */
static int
add_fields(struct recipients *r, struct str message, const struct str names[3])
{
	struct header_iter it;
	struct header_field f;
	int found = 0, result;

	header_iter_init(&it, message);
	while (header_next(&it, &f) > 0) {
		if (!is_one_of(&f, names))
			continue;
		found++;
		result = recipients_add_list(r, f.value);
		if (result < 0)
			return result;
	}
	return found;
}

int
recipients_add_header(struct recipients *r, struct str message)
{
	const struct str resent[3] = { STR("Resent-To"), STR("Resent-Cc"), STR("Resent-Bcc") };
	const struct str first[3] = { STR("To"), STR("Cc"), STR("Bcc") };
	int result = add_fields(r, message, resent);

	if (result == 0)
		result = add_fields(r, message, first);
	return result < 0 ? result : 0;
}

int
recipients_hide(struct str message, struct buf *out)
{
	struct header_iter it;
	struct header_field f;
	const char *kept = message.p; /* what begins here is not copied yet */
	int result = 0;

	if (message.n == 0)
		return 0;
	header_iter_init(&it, message);
	while (result == 0 && header_next(&it, &f) > 0) {
		if (!header_is(&f, STR("Bcc")) && !header_is(&f, STR("Resent-Bcc")))
			continue;
		result = buf_add(out, str_make(kept, (size_t)(f.whole.p - kept)));
		kept = f.whole.p + f.whole.n;
	}
	if (result < 0)
		return result;
	return buf_add(out, str_make(kept, (size_t)(message.p + message.n - kept)));
}
