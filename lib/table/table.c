/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One interface over all types of tables: finds the type by its name, folds keys, keeps lists. The
 * types are linked in, those of optional libraries where configure found them.
 */
#include "lib/table/table.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/table/follow.h"
#include "lib/table/settings.h"
#include "lib/table/table_type.h"

static const struct table_type *const types[] = {
	&table_type_btree,
#ifdef HAVE_CDB
	&table_type_cdb,
#endif
	&table_type_cidr,
	&table_type_debug,
	&table_type_environ,
	&table_type_fail,
	&table_type_hash,
	&table_type_inline,
#ifdef HAVE_LMDB
	&table_type_lmdb,
#endif
	&table_type_pcre,
	&table_type_pipemap,
	&table_type_proxy,
	&table_type_randmap,
	&table_type_regexp,
	&table_type_socketmap,
	&table_type_static,
	&table_type_tcp,
	&table_type_texthash,
	&table_type_unionmap,
	&table_type_unix,
};

/* Types that a build may lack, and what it was made without. */
static const struct {
	const char *name;
	const char *library;
} optional[] = {
	{ "cdb", "tinycdb (libcdb-dev)" },
	{ "lmdb", "LMDB (liblmdb-dev)" },
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

static void
say_unknown(struct str type, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(optional); i++) {
		if (str_equal(str_of(optional[i].name), type)) {
			why_set(why, "tables of the type \"%s\" need %s, which this build lacks",
			    optional[i].name, optional[i].library);
			return;
		}
	}
	why_set(why, "tables of the type \"%.*s\" are not supported", STR_ARG(type));
}

/* NULL: why. */
static const struct table_type *
type_of(const char *name, size_t colon, struct why *why)
{
	const struct table_type *type = NULL;
	struct str word = str_make(name, colon);

	if (name[colon] == ':')
		type = find_type(word);
	if (colon == 0 || name[colon] == '\0' ||
	    (name[colon + 1] == '\0' && (type == NULL || !type->needs_no_rest))) {
		why_set(why, "\"%s\" is no table: type:name is expected, as in hash:/etc/aliases",
		    name);
		return NULL;
	}
	if (type == NULL) {
		say_unknown(word, why);
		why_prefix(why, "%s: ", name);
	}
	return type;
}

static struct table *
open_late(const struct table_type *meant, const struct why *why)
{
	struct table *t = table_broken_new(why);

	t->type = &table_type_fail;
	t->is_broken = true;
	t->is_pattern = meant->is_pattern;
	(void)turn_take(&t->turn);
	return t;
}

struct table *
table_open(const char *name, unsigned flags, struct why *why)
{
	size_t colon = str_index(str_of(name), ':');
	const struct table_type *type = type_of(name, colon, why);
	struct table *t;

	if (type == NULL)
		return NULL;
	if (table_settings()->open_error_is_fatal)
		flags &= ~(unsigned)TABLE_LATE;
	if (type->is_text && name[colon + 1] != '{')
		t = follow_open(type, name + colon + 1, flags, why);
	else
		t = type->open(name + colon + 1, flags, why);
	if (t == NULL && (flags & TABLE_LATE) != 0) {
		t = open_late(type, why);
	}
	if (t == NULL) {
		why_prefix(why, "%s: ", name);
		return NULL;
	}
	if (t->type == NULL)
		t->type = type;
	t->flags = flags;
	t->name = mem_strdup(name);
	t->is_pattern = t->is_pattern || type->is_pattern;
	return t;
}

/* The table itself, or, of one that could not be opened, what it has become since. */
static struct table *
opened(struct table *t)
{
	struct why why;

	if (!t->is_broken)
		return t;
	if (t->real == NULL && turn_take(&t->turn))
		t->real = table_open(t->name, t->flags & ~(unsigned)TABLE_LATE, &why);
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
	return t->is_pattern;
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
	if ((t->flags & TABLE_FOLD) != 0 && !t->is_pattern && !t->type->is_exact) {
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
	int result = item_strip_braces(&name, why);

	if (result == 0)
		result = buf_add(&text, name);
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
		if (is_part && table_is_pattern(l->tables[i]))
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
