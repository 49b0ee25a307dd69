/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables are asked in a task, as daemons do it: some of them are servers. */
#include <sysexits.h>

#include "lib/base/base64.h"
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"
#include "lib/run/run.h"
#include "lib/run/task.h"
#include "lib/service/command.h"
#include "lib/table/table.h"
#include "tools/index.h"

struct query {
	const struct config *config;
	const struct index_options *o;
	char *const *names;
	int count;
	const char *key;
	struct table_list tables;
	struct index_asker asker;
	bool found;
};

/* --- Lines of output ----------------------------------------------------------------------- */

static void
show_entry(const struct index_options *o, struct str key, struct str value, bool with_key)
{
	AUTO(buf) line = BUF_INIT((key.n + value.n) * 6 + 100);
	const char *between = o->kind == SOURCE_ALIASES ? ":\t" : "\t";
	int result = 0;

	if (o->as_json) {
		result = buf_add(&line, STR("{\"key\": "));
		if (result == 0)
			result = json_add_text(key, &line);
		if (result == 0)
			result = buf_add(&line, STR(", \"value\": "));
		if (result == 0)
			result = json_add_text(value, &line);
		if (result == 0)
			result = buf_add(&line, STR("}\n"));
	} else {
		if (with_key)
			result = buf_addf(&line, "%.*s%s", STR_ARG(key), between);
		if (result == 0)
			result = buf_addf(&line, "%.*s\n", STR_ARG(value));
	}
	BUG_ON(result < 0);
	command_print(buf_str(&line));
}

static int
show_entries(struct index_file *f, const struct index_options *o, struct why *why)
{
	struct str key, value;
	int result;

	while ((result = index_file_next(f, &key, &value, why)) > 0)
		show_entry(o, key, value, true);
	return result;
}

bool
index_show(const struct config *c, const struct index_options *o, const char *name)
{
	AUTO(buf) file = BUF_INIT(8192);
	struct index_place place;
	struct why why = WHY_INIT;
	struct index_file *f;
	int result = ERR_REFUSED;

	if (!index_find_place(c, name, &place))
		return false;
	if (buf_addf(&file, "%s%s", place.path, place.format->suffix) < 0) {
		command_error("%s: the path is too long", place.path);
		return false;
	}
	f = index_file_open(place.format, buf_text(&file), &why);
	if (f != NULL)
		result = show_entries(f, o, &why);
	index_file_close(f);
	if (result < 0)
		command_error("%s: %s", buf_text(&file), why.text);
	return result == 0;
}

/* --- Asking -------------------------------------------------------------------------------- */

static struct table *
open_table(const struct query *q, const char *name)
{
	AUTO(buf) whole = BUF_INIT(TABLE_VALUE_MAX);
	bool folds = !q->o->keep_case && !q->o->headers && !q->o->body;
	struct why why = WHY_INIT;
	struct table *t;
	int result = 0;

	if (strchr(name, ':') == NULL)
		result =
		    buf_addf(&whole, "%s:", config_text(q->config, PARAM_default_database_type));
	if (result == 0)
		result = buf_add(&whole, str_of(name));
	if (result < 0) {
		command_error("the name of the table is too long");
		return NULL;
	}
	t = table_open(buf_text(&whole), folds ? TABLE_FOLD : 0, &why);
	if (t == NULL)
		command_error("%s", why.text);
	else if (table_notice(t) != NULL)
		command_warn("%s: %s", name, table_notice(t));
	return t;
}

/* The bytes behind a value of -F. */
static int
decode_value(struct buf *value, struct why *why)
{
	AUTO(buf) bytes = BUF_INIT(value->n);
	int result = base64_decode(buf_str(value), &bytes);

	if (result < 0) {
		why_set(why, "the value is no base64: was the index made with -F?");
		return result;
	}
	buf_clear(value);
	return buf_add(value, buf_str(&bytes));
}

/* 1: found and shown; 0: none has it; negative: could not find out, which was said. */
PARKS static int
ask(struct query *q, struct str key, bool with_key)
{
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	struct why why = WHY_INIT;
	int result = table_list_find(&q->tables, key, &value, TICKS_NEVER, &why);

	if (result > 0 && q->o->from_files && decode_value(&value, &why) < 0)
		result = ERR_SYNTAX;
	if (result > 0) {
		show_entry(q->o, key, buf_str(&value), with_key);
		q->found = true;
	}
	if (result < 0)
		command_error("%s", why.text);
	return result;
}

/* False: could not find out. */
PARKS static bool
ask_for_lines(struct query *q, struct str text)
{
	struct str line;
	int result = 0;

	while (result >= 0 && str_split(&text, '\n', &line)) {
		if (line.n != 0)
			result = ask(q, line, true);
	}
	return result >= 0;
}

PARKS static int
ask_for_part(struct index_asker *asker, struct str key)
{
	return ask(CONTAINER_OF(asker, struct query, asker), key, true);
}

PARKS static bool
ask_for_input(struct query *q)
{
	AUTO(buf) text = BUF_INIT(SOURCE_MAX);
	int result = command_read(&text);

	if (result < 0) {
		command_error("cannot read standard input: %s", err_text(result));
		return false;
	}
	q->asker.ask = ask_for_part;
	if (q->o->headers || q->o->body)
		return index_ask_for_message(q->config, q->o, buf_str(&text), &q->asker) >= 0;
	return ask_for_lines(q, buf_str(&text));
}

PARKS static void
run_query(void *arg)
{
	struct query *q = arg;
	struct table_list *l = &q->tables;
	bool ok = true;

	l->tables = mem_array((size_t)q->count, sizeof(struct table *));
	while (ok && l->count < (size_t)q->count) {
		l->tables[l->count] = open_table(q, q->names[l->count]);
		ok = l->tables[l->count] != NULL;
		l->count += ok;
	}
	if (ok && str_equal(str_of(q->key), STR("-")))
		ok = ask_for_input(q);
	else if (ok)
		ok = ask(q, str_of(q->key), false) >= 0;
	table_list_close(l);
	q->found = q->found && ok;
}

bool
index_query(const struct config *c, const struct index_options *o, char *const *names, int count,
    const char *key)
{
	struct query q = { .config = c, .o = o, .names = names, .count = count, .key = key };
	int result = run_init(&(struct run_options){ .simulated = false });

	if (result == 0) {
		result = run_main(run_query, &q);
		run_drop();
	}
	if (result < 0)
		command_fail(EX_OSERR, "cannot begin: %s", err_text(result));
	return q.found;
}
