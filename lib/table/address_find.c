/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/address_find.h"

#include "lib/base/err.h"

#define KEY_MAX ((size_t)2 * ADDRESS_MAX + 3) /* every byte of the local part quoted */

struct search {
	struct table_list *tables;
	struct buf *value;
	int64_t deadline;
	struct why *why;
	bool is_part; /* the whole address was asked for already */
};

PARKS static int
ask(struct search *s, struct str key)
{
	bool is_part = s->is_part;

	s->is_part = true;
	if (is_part)
		return table_list_find_part(s->tables, key, s->value, s->deadline, s->why);
	return table_list_find(s->tables, key, s->value, s->deadline, s->why);
}

PARKS static int
ask_for(struct search *s, const struct address *a)
{
	AUTO(buf) quoted = BUF_INIT(KEY_MAX);
	AUTO(buf) plain = BUF_INIT(KEY_MAX);
	int result;

	result = address_add_external(a, &quoted);
	if (result == 0)
		result = address_add_internal(a, &plain);
	if (result < 0) {
		why_set(s->why, "the address is too long");
		return result;
	}
	result = ask(s, buf_str(&quoted));
	/* Unquoted, "a@b"@example.com would look like an address of another domain. */
	if (str_index(a->local, '@') < a->local.n)
		return result;
	if (result == 0 && !str_equal(buf_str(&quoted), buf_str(&plain)))
		result = ask(s, buf_str(&plain));
	return result;
}

/* With the extension, then without it. */
PARKS static int
ask_for_both(struct search *s, const struct address *a, struct str base, bool *without)
{
	struct address shorter = *a;
	int result = ask_for(s, a);

	if (result != 0 || base.n == a->local.n)
		return result;
	shorter.local = base;
	*without = true;
	return ask_for(s, &shorter);
}

PARKS static int
ask_for_domain(struct search *s, struct str domain)
{
	AUTO(buf) key = BUF_INIT(ADDRESS_DOMAIN_MAX + 1);

	if (buf_add_byte(&key, '@') < 0 || buf_add(&key, domain) < 0) {
		why_set(s->why, "the domain is too long");
		return ERR_TOO_LONG;
	}
	return ask(s, buf_str(&key));
}

int
address_find(struct table_list *l, const struct address_query *q, struct buf *value,
    struct str *extension, int64_t deadline, struct why *why)
{
	struct search s = { l, value, deadline, why, .is_part = false };
	struct address local = { .local = q->address->local, .utf8 = q->address->utf8 };
	struct str base = local.local, ext = STR_NONE;
	bool without = false;
	int result = 0;

	if (q->delimiters != NULL &&
	    !address_split_extension(local.local, q->delimiters, &base, &ext))
		base = local.local;
	if ((q->keys & ADDRESS_KEY_FULL) != 0)
		result = ask_for_both(&s, q->address, base, &without);
	if (result == 0 && (q->keys & ADDRESS_KEY_LOCAL) != 0) {
		without = false;
		result = ask_for_both(&s, &local, base, &without);
	}
	if (result == 0 && (q->keys & ADDRESS_KEY_DOMAIN) != 0 && q->address->domain.n != 0) {
		without = false;
		result = ask_for_domain(&s, q->address->domain);
	}
	if (result > 0 && extension != NULL)
		*extension = without ? ext : STR_NONE;
	return result;
}
