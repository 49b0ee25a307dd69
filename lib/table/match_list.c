/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list is read once, files and all, into an array of patterns in their order; what an item is
 * (name, network, table) is decided then, so that a mistake is found at load and a match compares
 * typed values. "!/file" turns the sense of each item in the file.
 *
 * An item with a ':' is a table, unless it reads as an IPv6 network: so "::1" needs no brackets.
 */
#include "lib/table/match_list.h"

#include "lib/base/arena.h"
#include "lib/base/bug.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/config/item.h"
#include "lib/config/param.h"
#include "lib/sys/file.h"
#include "lib/table/network.h"
#include "lib/table/table.h"

#define FILE_DEPTH_MAX 10
#define FILE_SIZE_MAX  ((size_t)64 * 1024 * 1024)

enum pattern_kind {
	PATTERN_NAME,    /* this name, and with `parents` what is below it */
	PATTERN_BELOW,   /* ".example.com": what is below it */
	PATTERN_NETWORK, /* addresses */
	PATTERN_TABLE,
};

struct pattern {
	enum pattern_kind kind;
	bool negated;
	struct str text;
	struct network network;
	struct table *table;
};

struct match_list {
	enum match_kind kind;
	bool parents; /* "example.com" matches what is below it, too */
	struct pattern *patterns;
	size_t count, room;
	struct arena arena;
};

/* --- Reading ------------------------------------------------------------------------------- */

static struct pattern *
add_pattern(struct match_list *l, enum pattern_kind kind, bool negated, struct str text)
{
	if (l->count == l->room) {
		l->room = l->room != 0 ? l->room * 2 : 8;
		l->patterns = mem_resize(l->patterns, l->room, sizeof(*l->patterns));
	}
	l->patterns[l->count] = (struct pattern){ .kind = kind, .negated = negated };
	l->patterns[l->count].text = arena_str(&l->arena, text);
	return &l->patterns[l->count++];
}

static int
add_table(struct match_list *l, bool negated, struct str text, struct why *why)
{
	struct pattern *p = add_pattern(l, PATTERN_TABLE, negated, text);

	p->table = table_open(p->text.p, TABLE_FOLD, why);
	return p->table != NULL ? 0 : ERR_REFUSED;
}

/* "192.0.2", "10.0.0.1/8": meant as an address, and none. */
static bool
looks_like_address(struct str text)
{
	if (str_index(text, '/') < text.n || text.p[0] == '[')
		return true;
	for (size_t i = 0; i < text.n; i++) {
		if (!char_is_digit(text.p[i]) && text.p[i] != '.')
			return false;
	}
	return true;
}

static int
add_plain(struct match_list *l, bool negated, struct str text, struct why *why)
{
	struct network network;

	if (l->kind == MATCH_CLIENT && network_parse(text, &network, why) == 0) {
		add_pattern(l, PATTERN_NETWORK, negated, text)->network = network;
		return 0;
	}
	if (str_index(text, ':') < text.n && text.p[0] != '[')
		return add_table(l, negated, text, why);
	if (l->kind == MATCH_CLIENT && looks_like_address(text))
		return ERR_SYNTAX; /* words: those of network_parse() */
	if (l->kind != MATCH_TEXT && text.p[0] == '.') {
		if (!l->parents)
			(void)add_pattern(l, PATTERN_BELOW, negated, text);
		return 0;
	}
	(void)add_pattern(l, PATTERN_NAME, negated, text);
	return 0;
}

static int add_item(
    struct match_list *l, struct str item, bool negated, unsigned depth, struct why *why);

static int
add_line(struct match_list *l, struct str line, bool negated, unsigned depth, struct why *why)
{
	struct str item;
	int result;

	while ((result = item_next(&line, ITEM_COMMAS, &item, why)) > 0) {
		if (item.p[0] == '#')
			return 0;
		result = add_item(l, item, negated, depth, why);
		if (result < 0)
			return result;
	}
	return result;
}

static int
add_file(struct match_list *l, struct str path, bool negated, unsigned depth, struct why *why)
{
	AUTO(buf) text = BUF_INIT(FILE_SIZE_MAX);
	const char *name = arena_text(&l->arena, path);
	struct str rest, line;
	int result, number = 0;

	if (depth == FILE_DEPTH_MAX) {
		why_set(why, "%s: files are nested more than %d times", name, FILE_DEPTH_MAX);
		return ERR_LOOP;
	}
	result = sys_read_file(name, &text);
	if (result < 0) {
		why_set(why, "%s: %s", name, err_text(result));
		return result;
	}
	rest = buf_str(&text);
	while (result == 0 && str_split(&rest, '\n', &line)) {
		number++;
		result = add_line(l, line, negated, depth + 1, why);
	}
	if (result < 0)
		why_prefix(why, "%s, line %d: ", name, number);
	return result;
}

static int
add_item(struct match_list *l, struct str item, bool negated, unsigned depth, struct why *why)
{
	for (; str_starts(item, STR("!")); item = str_from(item, 1))
		negated = !negated;
	if (item.n == 0) {
		why_set(why, "\"!\" without a pattern");
		return ERR_SYNTAX;
	}
	if (item.p[0] == '/')
		return add_file(l, item, negated, depth, why);
	return add_plain(l, negated, item, why);
}

static bool
has_parents(const struct config *c, enum param_id id)
{
	struct config_list names = config_list(c, PARAM_parent_domain_matches_subdomains);

	for (size_t i = 0; i < names.count; i++) {
		if (str_equal(names.items[i], str_of(param_at(id)->name)))
			return true;
	}
	return false;
}

struct match_list *
match_list_open(const struct config *c, enum param_id id, enum match_kind kind, struct why *why)
{
	struct match_list *l = NEW(struct match_list);
	struct config_list items = config_list(c, id);

	l->kind = kind;
	l->parents = has_parents(c, id);
	arena_init(&l->arena, 4 * FILE_DEPTH_MAX * FILE_SIZE_MAX);
	for (size_t i = 0; i < items.count; i++) {
		if (add_item(l, items.items[i], false, 0, why) < 0) {
			why_prefix(why, "%s: ", param_at(id)->name);
			match_list_close(l);
			return NULL;
		}
	}
	return l;
}

void
match_list_close(struct match_list *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++)
		table_close(l->patterns[i].table);
	mem_free(l->patterns);
	arena_drop(&l->arena);
	mem_free(l);
}

bool
match_list_name(const struct match_list *l, size_t n, struct str *name)
{
	if (n >= l->count)
		return false;
	*name = l->patterns[n].kind == PATTERN_NAME ? l->patterns[n].text : STR_NONE;
	return true;
}

bool
match_list_has_name(const struct match_list *l, struct str name)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct pattern *p = &l->patterns[i];

		if (p->kind == PATTERN_NAME && !p->negated && str_equal_nocase(p->text, name))
			return true;
	}
	return false;
}

/* --- Matching ------------------------------------------------------------------------------ */

static bool
is_below(struct str name, struct str domain)
{
	return name.n > domain.n + 1 && name.p[name.n - domain.n - 1] == '.' &&
	       str_ends_nocase(name, domain);
}

PARKS static int
ask(struct table *t, struct str key, int64_t deadline, struct why *why)
{
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);

	return table_find(t, key, &value, deadline, why);
}

/* Asks for the name, then for "example.com" or ".example.com" of each domain that it is below. */
PARKS static int
ask_for_name(
    const struct match_list *l, struct table *t, struct str name, int64_t deadline, struct why *why)
{
	int result = ask(t, name, deadline, why);

	if (l->kind == MATCH_TEXT || table_is_pattern(t))
		return result;
	while (result == 0) {
		name = str_from(name, 1);
		name = str_from(name, str_index(name, '.'));
		if (name.n <= 1)
			break;
		result = ask(t, str_from(name, l->parents ? 1 : 0), deadline, why);
	}
	return result;
}

PARKS static int
match_name(const struct match_list *l, const struct pattern *p, struct str name, int64_t deadline,
    struct why *why)
{
	switch (p->kind) {
	case PATTERN_TABLE:
		return ask_for_name(l, p->table, name, deadline, why);
	case PATTERN_BELOW:
		return is_below(name, str_from(p->text, 1));
	case PATTERN_NAME:
		return str_equal_nocase(name, p->text) || (l->parents && is_below(name, p->text));
	case PATTERN_NETWORK:
	default:
		return 0;
	}
}

PARKS static int
match_address(const struct pattern *p, struct str text, const struct network *address,
    int64_t deadline, struct why *why)
{
	if (p->kind == PATTERN_TABLE)
		return ask(p->table, text, deadline, why);
	return p->kind == PATTERN_NETWORK && network_contains(&p->network, address);
}

int
match_list_find(struct match_list *l, struct str name, int64_t deadline, struct why *why)
{
	BUG_ON(l->kind == MATCH_CLIENT);
	for (size_t i = 0; i < l->count; i++) {
		int result = match_name(l, &l->patterns[i], name, deadline, why);

		if (result < 0)
			return result;
		if (result > 0)
			return !l->patterns[i].negated;
	}
	return 0;
}

int
match_list_find_client(
    struct match_list *l, struct str name, struct str address, int64_t deadline, struct why *why)
{
	struct network parsed;
	bool has_address = network_parse_address(address, &parsed);

	BUG_ON(l->kind != MATCH_CLIENT);
	for (size_t i = 0; i < l->count; i++) {
		const struct pattern *p = &l->patterns[i];
		int result = 0;

		if (name.n != 0)
			result = match_name(l, p, name, deadline, why);
		if (result == 0 && has_address)
			result = match_address(p, address, &parsed, deadline, why);
		if (result < 0)
			return result;
		if (result > 0)
			return !p->negated;
	}
	return 0;
}
