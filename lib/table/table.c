/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One interface over all types of tables: finds the type by its name, folds keys, keeps lists. The
 * types are linked in; one that needs a library of its own will be loaded by name in find_type().
 */
#include "lib/table/table.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"
#include "lib/config/item.h"
#include "lib/sys/clock.h"
#include "lib/table/table_type.h"

#define TRY_AGAIN TICKS_SECOND /* to open a table that could not be opened */

static const struct table_type *const types[] = {
	&table_type_cidr,
	&table_type_fail,
	&table_type_hash,
	&table_type_inline,
	&table_type_regexp,
	&table_type_static,
	&table_type_texthash,
	&table_type_unix,
};

static const struct table_type *
find_type(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (str_equal(str_of(types[i]->name), name))
			return types[i];
	}
	return NULL;
}

const char *
table_type_name(size_t index)
{
	return index < ARRAY_LEN(types) ? types[index]->name : NULL;
}

/*
 * "proxy:" asks Postfix's proxymap service to open a table that the process itself may not. Here a
 * table is opened before rights are dropped, so that the word has nothing left to do.
 */
static const char *
skip_proxy(const char *name)
{
	while (str_starts(str_of(name), STR("proxy:")))
		name += STR("proxy:").n;
	return name;
}

struct table *
table_open(const char *name, unsigned flags, struct why *why)
{
	struct str whole = str_of(skip_proxy(name));
	size_t colon = str_index(whole, ':');
	const struct table_type *type;
	struct table *t;

	if (colon == 0 || colon + 1 >= whole.n) {
		why_set(why, "\"%s\" is no table: type:name is expected, as in hash:/etc/aliases",
		    name);
		return NULL;
	}
	type = find_type(str_part(whole, 0, colon));
	if (type == NULL) {
		why_set(why, "%s: tables of the type \"%.*s\" are not supported", name, (int)colon,
		    whole.p);
		return NULL;
	}
	t = type->open(whole.p + colon + 1, flags, why);
	if (t == NULL && (flags & TABLE_LATE) != 0) {
		type = &table_type_fail;
		t = table_broken_new(why);
		t->is_broken = true;
		t->next_try = sys_clock_monotonic() + TRY_AGAIN;
	}
	if (t == NULL) {
		why_prefix(why, "%s: ", name);
		return NULL;
	}
	t->type = type;
	t->flags = flags;
	t->name = mem_strdup(name);
	return t;
}

/* The table itself, or, of one that could not be opened, what it has become since. */
static struct table *
opened(struct table *t)
{
	struct why why;

	if (!t->is_broken)
		return t;
	if (t->real == NULL && sys_clock_monotonic() >= t->next_try) {
		t->next_try = sys_clock_monotonic() + TRY_AGAIN;
		t->real = table_open(t->name, t->flags & ~(unsigned)TABLE_LATE, &why);
	}
	return t->real != NULL ? t->real : t;
}

void
table_close(struct table *t)
{
	if (t == NULL)
		return;
	table_close(t->real);
	mem_free(t->name);
	t->type->close(t);
}

const char *
table_name(const struct table *t)
{
	return t->name;
}

const char *
table_notice(const struct table *t)
{
	return t->notice.text[0] != '\0' ? t->notice.text : NULL;
}

bool
table_is_pattern(const struct table *t)
{
	return t->real != NULL ? t->real->type->is_pattern : t->type->is_pattern;
}

void
table_add_folded(struct buf *out, struct str key)
{
	char *p = buf_reserve(out, key.n);

	BUG_ON(p == NULL);
	for (size_t i = 0; i < key.n; i++)
		p[i] = char_lower(key.p[i]);
	buf_grow(out, key.n);
}

int
table_find(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	AUTO(buf) folded = BUF_INIT(key.n);
	int result;

	t = opened(t);
	if ((t->flags & TABLE_FOLD) != 0 && !t->type->is_pattern && !t->type->is_exact) {
		table_add_folded(&folded, key);
		key = buf_str(&folded);
	}
	buf_clear(value);
	result = t->type->find(t, key, value, deadline, why);
	if (result < 0)
		why_prefix(why, "%s: ", t->name);
	if (result <= 0)
		buf_clear(value);
	return result;
}

/* --- Lists --------------------------------------------------------------------------------- */

static int
add_to_list(struct table_list *l, struct str name, unsigned flags, struct why *why)
{
	AUTO(buf) text = BUF_INIT(name.n);
	struct table *t;
	int result = buf_add(&text, name);

	if (result < 0)
		return result;
	t = table_open(buf_text(&text), flags, why);
	if (t == NULL)
		return ERR_REFUSED;
	l->tables = mem_resize(l->tables, l->count + 1, sizeof(struct table *));
	l->tables[l->count++] = t;
	return 0;
}

int
table_list_open(struct table_list *l, const char *names, unsigned flags, struct why *why)
{
	struct table_list list = { .tables = NULL };
	struct str rest = str_of(names), name;
	int result;

	while ((result = item_next(&rest, ITEM_COMMAS, &name, why)) > 0) {
		result = add_to_list(&list, name, flags, why);
		if (result < 0)
			break;
	}
	if (result < 0) {
		table_list_close(&list);
		return result;
	}
	*l = list;
	return 0;
}

void
table_list_close(struct table_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		table_close(l->tables[i]);
	mem_free(l->tables);
	*l = (struct table_list){ .tables = NULL };
}

PARKS static int
find_in_list(struct table_list *l, struct str key, bool is_part, struct buf *value,
    int64_t deadline, struct why *why)
{
	int result;

	for (size_t i = 0; i < l->count; i++) {
		if (is_part && table_is_pattern(opened(l->tables[i])))
			continue;
		result = table_find(l->tables[i], key, value, deadline, why);
		if (result != 0)
			return result;
	}
	return 0;
}

int
table_list_find(
    struct table_list *l, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	return find_in_list(l, key, false, value, deadline, why);
}

int
table_list_find_part(
    struct table_list *l, struct str part, struct buf *value, int64_t deadline, struct why *why)
{
	return find_in_list(l, part, true, value, deadline, why);
}
