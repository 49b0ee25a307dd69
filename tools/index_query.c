/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/index_query.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"
#include "lib/table/index_file.h"
#include "lib/table/table.h"
#include "tools/index.h"

#define READ_SIZE ((size_t)64 * 1024)

const char *
index_hash_path(const struct config *c, const char *name)
{
	struct str whole = str_of(name);
	size_t colon = str_index(whole, ':');
	struct str type = str_part(whole, 0, colon);
	const char *path = name + colon + 1;

	if (colon == whole.n) {
		type = str_of(config_text(c, PARAM_default_database_type));
		path = name;
	}
	if (str_equal(type, STR("hash")) && path[0] != '\0')
		return path;
	command_error("\"%s\": only tables of the type hash have an index", name);
	return NULL;
}

int
index_read_standard_input(struct buf *out)
{
	for (;;) {
		char *p = buf_reserve(out, READ_SIZE);
		int n;

		if (p == NULL)
			return ERR_TOO_LONG;
		n = sys_read(0, p, READ_SIZE);
		if (n <= 0)
			return n;
		buf_grow(out, (size_t)n);
	}
}

/* --- Showing all --------------------------------------------------------------------------- */

static int
show_entries(struct index_file *f, const struct index_options *o, struct why *why)
{
	const char *between = o->kind == SOURCE_ALIASES ? ":\t" : "\t";
	struct str key, value;
	int result;

	while ((result = index_file_next(f, &key, &value, why)) > 0) {
		AUTO(buf) line = BUF_INIT(key.n + value.n + 3);

		BUG_ON(buf_addf(&line, "%.*s%s%.*s\n", STR_ARG(key), between, STR_ARG(value)) < 0);
		command_print(buf_str(&line));
	}
	return result;
}

bool
index_show(const struct config *c, const struct index_options *o, const char *name)
{
	const char *path = index_hash_path(c, name);
	AUTO(buf) file = BUF_INIT(8192);
	struct why why = WHY_INIT;
	struct index_file *f;
	int result = ERR_REFUSED;

	if (path == NULL)
		return false;
	if (buf_addf(&file, "%s.db", path) < 0) {
		command_error("%s: the path is too long", path);
		return false;
	}
	f = index_file_open(&index_hash, buf_text(&file), &why);
	if (f != NULL)
		result = show_entries(f, o, &why);
	index_file_close(f);
	if (result < 0)
		command_error("%s: %s", buf_text(&file), why.text);
	return result == 0;
}

/* --- Asking -------------------------------------------------------------------------------- */

static struct table *
open_table(const struct config *c, const struct index_options *o, const char *name)
{
	AUTO(buf) whole = BUF_INIT(TABLE_VALUE_MAX);
	struct why why = WHY_INIT;
	struct table *t;
	int result = 0;

	if (strchr(name, ':') == NULL)
		result = buf_addf(&whole, "%s:", config_text(c, PARAM_default_database_type));
	if (result == 0)
		result = buf_add(&whole, str_of(name));
	if (result < 0) {
		command_error("the name of the table is too long");
		return NULL;
	}
	t = table_open(buf_text(&whole), o->keep_case ? 0 : TABLE_FOLD, &why);
	if (t == NULL)
		command_error("%s", why.text);
	else if (table_notice(t) != NULL)
		command_warn("%s: %s", name, table_notice(t));
	return t;
}

static void
show_answer(const struct index_options *o, struct str key, const struct buf *value, bool with_key)
{
	AUTO(buf) line = BUF_INIT(key.n + value->n + 3);
	const char *between = o->kind == SOURCE_ALIASES ? ":\t" : "\t";

	if (with_key)
		BUG_ON(buf_addf(&line, "%.*s%s", STR_ARG(key), between) < 0);
	BUG_ON(buf_addf(&line, "%s\n", buf_text(value)) < 0);
	command_print(buf_str(&line));
}

/* 1: found and shown; 0: none has it; negative: could not find out, which was said. */
PARKS static int
ask_all(struct table_list *l, const struct index_options *o, struct str key, bool with_key)
{
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	struct why why = WHY_INIT;
	int result = table_list_find(l, key, &value, TICKS_NEVER, &why);

	if (result > 0)
		show_answer(o, key, &value, with_key);
	if (result < 0)
		command_error("%s", why.text);
	return result;
}

PARKS static bool
ask_for_lines(struct table_list *l, const struct index_options *o)
{
	AUTO(buf) text = BUF_INIT(SOURCE_MAX);
	struct str rest, line;
	int result = index_read_standard_input(&text);
	bool found = false;

	if (result < 0) {
		command_error("cannot read standard input: %s", err_text(result));
		return false;
	}
	rest = buf_str(&text);
	while (result >= 0 && str_split(&rest, '\n', &line)) {
		result = line.n != 0 ? ask_all(l, o, line, true) : 0;
		found = found || result > 0;
	}
	return found && result >= 0;
}

bool
index_query(const struct config *c, const struct index_options *o, char *const *names, int count,
    const char *key)
{
	struct table_list l = { .tables = mem_array((size_t)count, sizeof(struct table *)) };
	bool found = false;

	while (l.count < (size_t)count) {
		l.tables[l.count] = open_table(c, o, names[l.count]);
		if (l.tables[l.count] == NULL)
			break;
		l.count++;
	}
	if (l.count == (size_t)count) {
		if (str_equal(str_of(key), STR("-")))
			found = ask_for_lines(&l, o);
		else
			found = ask_all(&l, o, str_of(key), false) > 0;
	}
	table_list_close(&l);
	return found;
}
