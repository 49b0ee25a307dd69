/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order is Postfix's: an address is completed, mapped (canonical), masqueraded; a copy for
 * sender_bcc_maps or recipient_bcc_maps is a recipient like any other, but nobody is told of it; then
 * virtual aliases. Second copies are known by all that a delivery depends on, without case.
 */
#include "cleanup/parties.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/mail/dsn.h"
#include "lib/sys/log.h"

#define SCRATCH_MAX ((size_t)512 * 1024 * 1024) /* far above what the limits of expansion let be */

void
parties_init(struct parties *p, struct arena *arena, size_t known_max)
{
	*p = (struct parties){ .arena = arena, .known = MAP_INIT, .known_max = known_max };
}

void
parties_drop(struct parties *p)
{
	map_drop(&p->known);
	mem_free(p->recipients);
	p->recipients = NULL;
}

static struct str
text_of(struct arena *arena, const struct address *a)
{
	if (a->domain.n == 0)
		return arena_str(arena, a->local);
	return str_of(arena_printf(arena, "%.*s@%.*s", STR_ARG(a->local), STR_ARG(a->domain)));
}

static struct str
key_of(struct arena *arena, const struct envelope_recipient *r)
{
	struct str original = r->original.n != 0 ? r->original : r->address;
	char *text = arena_printf(
	    arena, "%.*s\n%.*s\n%u", STR_ARG(r->address), STR_ARG(original), (unsigned)r->notify);

	for (char *p = text; *p != '\0'; p++)
		*p = char_lower(*p);
	return str_of(text);
}

static enum verdict
add(struct parties *p, const struct envelope_recipient *r)
{
	struct str key = key_of(p->arena, r);

	if (++p->made > PARTIES_MADE || p->count == PARTIES_MAX)
		return VERDICT_TOO_MANY_RECIPIENTS;
	if (map_find(&p->known, key) != NULL)
		return VERDICT_NONE;
	if (p->known_max == 0 || p->known.count < p->known_max)
		(void)map_put(&p->known, key, p);
	if (p->count == p->room) {
		p->room = p->room == 0 ? 4 : 2 * p->room;
		p->recipients = mem_resize(p->recipients, p->room, sizeof(*p->recipients));
	}
	p->recipients[p->count++] = *r;
	return VERDICT_NONE;
}

/* A recipient whose address is mapped, and what virtual aliases make of it. */
PARKS static enum verdict
expand(struct parties *p, const struct mapping *mapping, const struct address *a,
    const struct envelope_recipient *given)
{
	struct address_list list;
	enum verdict v = mapping_expand(mapping, a, &list);

	for (size_t i = 0; v == VERDICT_NONE && i < list.count; i++) {
		struct envelope_recipient r = *given;
		struct str before = r.address;

		r.address = text_of(p->arena, &list.items[i]);
		if (r.original.n == 0 && !str_equal(r.address, before))
			r.original = before;
		v = add(p, &r);
	}
	return v;
}

/* Completes and maps what was named as a recipient. */
PARKS static enum verdict
map_recipient(const struct mapping *mapping, struct str text, struct address *out)
{
	struct address a = address_from_internal(text);

	rewrite_address(&mapping->mapper->rewrite, &a, mapping->arena, out);
	return mapping_canonical(mapping, CLASS_ENVELOPE_RECIPIENT, out);
}

/* A blind copy: its failures are nobody's business. */
PARKS static enum verdict
add_copy(struct parties *p, const struct mapping *mapping, struct str text)
{
	struct envelope_recipient r = { .notify = DSN_NOTIFY_NEVER };
	struct address a;
	enum verdict v = map_recipient(mapping, text, &a);

	if (v != VERDICT_NONE)
		return v;
	r.address = text_of(p->arena, &a);
	return expand(p, mapping, &a, &r);
}

PARKS static enum verdict
add_copy_of(struct parties *p, const struct mapping *mapping, enum mapper_table table,
    const struct address *a)
{
	struct address copy;
	enum verdict v = mapping_find_bcc(mapping, table, a, &copy);

	if (v != VERDICT_NONE || address_is_null(&copy))
		return v;
	return add_copy(p, mapping, text_of(mapping->arena, &copy));
}

PARKS static enum verdict
add_named(struct parties *p, const struct mapping *mapping, const struct message_recipient *named)
{
	struct envelope_recipient r = {
		.address = named->address.n != 0 ? named->address : mapping->mapper->null_recipient,
		.original = named->original,
		.notify = named->notify,
	};
	struct address a;
	enum verdict v = map_recipient(mapping, r.address, &a);

	if (v != VERDICT_NONE)
		return v;
	p->recipient = text_of(p->arena, &a);
	v = expand(p, mapping, &a, &r);
	return v == VERDICT_NONE ? add_copy_of(p, mapping, MAPPER_RECIPIENT_BCC, &a) : v;
}

enum verdict
parties_map(struct parties *p, const struct mapping *mapping, const struct message_submit *submit)
{
	struct address given = address_from_internal(submit->sender), sender;
	enum verdict v;

	rewrite_address(&mapping->mapper->rewrite, &given, mapping->arena, &sender);
	v = mapping_canonical(mapping, CLASS_ENVELOPE_SENDER, &sender);
	if (v == VERDICT_NONE) {
		p->sender = text_of(p->arena, &sender);
		v = add_copy_of(p, mapping, MAPPER_SENDER_BCC, &sender);
	}
	for (uint32_t i = 0; v == VERDICT_NONE && i < submit->recipients_count; i++) {
		/* What is made on the way to a recipient goes with it. */
		AUTO(arena) scratch = ARENA_INIT(SCRATCH_MAX);
		struct mapping one = *mapping;

		one.arena = &scratch;
		v = add_named(p, &one, &submit->recipients[i]);
	}
	return v;
}

/* One recipient in the place of all; the first of them stays known as the original one. */
static void
redirect(struct parties *p, const struct mapping *mapping, struct str text)
{
	struct address given = address_from_internal(text), a;
	struct envelope_recipient *r = &p->recipients[0];

	rewrite_address(&mapping->mapper->rewrite, &given, mapping->arena, &a);
	if (r->original.n == 0)
		r->original = r->address;
	r->address = text_of(p->arena, &a);
	p->count = 1;
}

enum verdict
parties_finish(struct parties *p, const struct mapping *mapping, const struct orders *orders)
{
	struct str always = mapping->mapper->always_bcc;
	enum verdict v = VERDICT_NONE;

	for (size_t i = 0; v == VERDICT_NONE && i < orders->bcc_count; i++)
		v = add_copy(p, mapping, orders->bcc[i]);
	if (v == VERDICT_NONE && mapping->copies && always.n != 0)
		v = add_copy(p, mapping, always);
	if (v == VERDICT_NONE && orders->redirect.n != 0)
		redirect(p, mapping, orders->redirect);
	return v;
}
