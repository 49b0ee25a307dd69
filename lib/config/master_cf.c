/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each logical line becomes one entry: seven columns, then the program and its arguments. A mistake
 * is reported and the next line read, so that one load shows all of them.
 *
 *	line     = name type private unpriv chroot wakeup maxproc program *argument
 *	argument = word / "{" text "}"              ; the text is one argument, blanks included
 *	override = "-o" name "=" value / "-o" "{" name "=" value "}" / "-o" name=value
 *
 * Arguments stay as they are for the program; those of -o are read too, for who asks what a service
 * is set to. Values are not expanded here: the service does that, with its own names.
 */
#include "lib/config/master_cf.h"

#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/base/ticks.h"
#include "lib/config/item.h"
#include "lib/config/logical.h"
#include "lib/sys/file.h"

#define ARENA_MAX   (16 * LOGICAL_MAX)
#define ENTRIES_MAX ((size_t)10000)

static const char *const type_names[] = {
	[MASTER_INET] = "inet",
	[MASTER_UNIX] = "unix",
	[MASTER_UNIX_DGRAM] = "unix-dgram",
	[MASTER_FIFO] = "fifo",
	[MASTER_PASS] = "pass",
};

struct reader {
	const char *file;
	struct arena *arena;
	struct master_entry *entries;
	size_t count, room;
	config_report *report;
	void *context;
	bool failed;
};

/* --- Columns ------------------------------------------------------------------------------- */

static bool
is_default(const char *column)
{
	return strcmp(column, "-") == 0;
}

static int
read_type(const char *text, enum master_type *out, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(type_names); i++) {
		if (strcmp(text, type_names[i]) == 0) {
			*out = (enum master_type)i;
			return 0;
		}
	}
	why_set(why, "bad type \"%s\": inet, unix, unix-dgram, fifo or pass", text);
	return ERR_SYNTAX;
}

static int
read_flag(const char *column, const char *text, bool initial, bool *out, struct why *why)
{
	if (is_default(text))
		*out = initial;
	else if (strcmp(text, "y") == 0)
		*out = true;
	else if (strcmp(text, "n") == 0)
		*out = false;
	else {
		why_set(why, "bad column %s \"%s\": y, n or -", column, text);
		return ERR_SYNTAX;
	}
	return 0;
}

/* wakeup = "-" / 1*DIGIT ["?"] ; seconds */
static int
read_wakeup(const char *text, struct master_entry *e, struct why *why)
{
	struct str number = str_of(text);
	uint64_t seconds;

	if (is_default(text))
		return 0;
	if (str_ends(number, STR("?"))) {
		e->wakeup_when_used = true;
		number.n--;
	}
	if (num_parse(number, (uint64_t)(TICKS_MAX / TICKS_SECOND), &seconds) < 0) {
		why_set(why, "bad column wakeup \"%s\": seconds, seconds? or -", text);
		return ERR_SYNTAX;
	}
	e->wakeup = (int64_t)seconds * TICKS_SECOND;
	return 0;
}

static int
read_limit(const char *text, struct master_entry *e, struct why *why)
{
	uint64_t limit;

	e->process_limit = MASTER_LIMIT_DEFAULT;
	if (is_default(text))
		return 0;
	if (num_parse(str_of(text), INT32_MAX, &limit) < 0) {
		why_set(why, "bad column maxproc \"%s\": a number or -", text);
		return ERR_SYNTAX;
	}
	e->process_limit = (int64_t)limit;
	return 0;
}

/*
 * endpoint = [host ":"] port
 * host     = name / v4 / "[" v6 "]"
 */
static int
read_endpoint(struct arena *a, struct master_entry *e, struct why *why)
{
	struct str name = str_of(e->name);
	size_t colon = str_rindex(name, ':');
	struct str host = colon == name.n ? STR_NONE : str_part(name, 0, colon);
	struct str port = colon == name.n ? name : str_from(name, colon + 1);
	bool enclosed = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';

	if (enclosed)
		host = str_part(host, 1, host.n - 2);
	if (port.n == 0 || (colon != name.n && host.n == 0) ||
	    (!enclosed && str_index(host, ':') != host.n)) {
		why_set(why, "bad service name \"%s\": port, host:port or [v6]:port", e->name);
		return ERR_SYNTAX;
	}
	e->host = arena_text(a, host);
	e->port = arena_text(a, port);
	return 0;
}

static int
read_name(struct arena *a, struct master_entry *e, struct why *why)
{
	e->host = e->port = "";
	if (e->type == MASTER_INET)
		return read_endpoint(a, e, why);
	if (e->name[0] == '.' || strchr(e->name, '/') != NULL) {
		why_set(
		    why, "bad service name \"%s\": it is a file below private or public", e->name);
		return ERR_SYNTAX;
	}
	return 0;
}

static int
read_program(const char *text, struct master_entry *e, struct why *why)
{
	if (text[0] == '.' || text[0] == '-' || strchr(text, '/') != NULL) {
		why_set(
		    why, "bad program \"%s\": a file in $daemon_directory, without a path", text);
		return ERR_SYNTAX;
	}
	e->program = text;
	return 0;
}

static int
read_columns(struct arena *a, struct master_entry *e, struct why *why)
{
	const char *const *c = e->columns;
	int result;

	e->name = c[MASTER_COLUMN_NAME];
	result = read_type(c[MASTER_COLUMN_TYPE], &e->type, why);
	if (result == 0)
		result = read_name(a, e, why);
	if (result == 0)
		result = read_flag("private", c[MASTER_COLUMN_PRIVATE], e->type != MASTER_INET,
		    &e->is_private, why);
	if (result == 0)
		result =
		    read_flag("unpriv", c[MASTER_COLUMN_UNPRIVILEGED], true, &e->unprivileged, why);
	if (result == 0)
		result = read_flag("chroot", c[MASTER_COLUMN_CHROOT], false, &e->chroot, why);
	if (result == 0)
		result = read_wakeup(c[MASTER_COLUMN_WAKEUP], e, why);
	if (result == 0)
		result = read_limit(c[MASTER_COLUMN_PROCESS_LIMIT], e, why);
	if (result == 0)
		result = read_program(c[MASTER_COLUMN_PROGRAM], e, why);
	if (result == 0 && e->type == MASTER_INET && e->is_private) {
		why_set(why, "an inet service cannot be private");
		result = ERR_SYNTAX;
	}
	return result;
}

static int
take_columns(struct arena *a, struct str *rest, struct master_entry *e, struct why *why)
{
	struct str word;

	for (size_t i = 0; i < MASTER_COLUMNS; i++) {
		if (!str_word(rest, ITEM_BLANKS, &word)) {
			why_set(why, "%zu columns, and there must be %d", i, MASTER_COLUMNS);
			return ERR_SYNTAX;
		}
		e->columns[i] = arena_text(a, word);
	}
	return 0;
}

/* --- Arguments ----------------------------------------------------------------------------- */

static int
count_arguments(struct str rest, size_t *out, struct why *why)
{
	struct str item;
	size_t count = 0;
	int result;

	while ((result = item_next(&rest, ITEM_BLANKS, &item, why)) > 0)
		count++;
	*out = count;
	return result;
}

static int
read_arguments(struct arena *a, struct str rest, struct master_entry *e, struct why *why)
{
	const char **args;
	struct str item;
	size_t room;
	int result = count_arguments(rest, &room, why);

	if (result < 0)
		return result;
	args = ARENA_ARRAY(a, const char *, room + 1);
	while ((result = item_next(&rest, ITEM_BLANKS, &item, why)) > 0) {
		result = item_strip_braces(&item, why);
		if (result < 0)
			return result;
		args[e->arg_count++] = arena_text(a, item);
	}
	e->args = args;
	return result;
}

/* args[*at] is an option: the text of its -o, which may be in the next argument; NULL: another. */
static const char *
take_override(const struct master_entry *e, size_t *at)
{
	const char *arg = e->args[*at];

	if (strncmp(arg, "-o", 2) != 0)
		return NULL;
	if (arg[2] != '\0')
		return arg + 2;
	if (*at + 1 == e->arg_count)
		return "";
	return e->args[++*at];
}

static int
read_overrides(struct arena *a, struct master_entry *e, struct why *why)
{
	struct config_override *overrides =
	    ARENA_ARRAY(a, struct config_override, e->arg_count + 1);

	e->overrides = overrides;
	for (size_t i = 0; i < e->arg_count && e->args[i][0] == '-'; i++) {
		const char *text = take_override(e, &i);
		struct str name, value;
		int result;

		if (text == NULL)
			continue;
		result = item_split_name(str_of(text), &name, &value, why);
		if (result < 0) {
			why_prefix(why, "option -o: ");
			return result;
		}
		overrides[e->override_count++] = (struct config_override){
			.name = arena_text(a, name),
			.value = arena_text(a, value),
		};
	}
	return 0;
}

/* --- Lines --------------------------------------------------------------------------------- */

static void
report_line(struct reader *r, int line, bool is_error, const char *words)
{
	struct why out;

	why_set(&out, "%s, line %d: %s", r->file, line, words);
	r->failed |= is_error;
	r->report(r->context, is_error, out.text);
}

static int
read_entry(struct reader *r, const struct logical *l, struct master_entry *e, struct why *why)
{
	struct str rest = l->text;
	int result;

	e->line = l->line;
	if (l->indented) {
		why_set(
		    why, "the line begins with a blank, and there is none before it to continue");
		return ERR_SYNTAX;
	}
	if (rest.p != NULL && memchr(rest.p, '\0', rest.n) != NULL) {
		why_set(why, "the line has a NUL byte");
		return ERR_SYNTAX;
	}
	result = take_columns(r->arena, &rest, e, why);
	if (result == 0)
		result = read_columns(r->arena, e, why);
	if (result == 0)
		result = read_arguments(r->arena, rest, e, why);
	if (result == 0)
		result = read_overrides(r->arena, e, why);
	return result;
}

static struct master_entry *
find_same(const struct reader *r, const struct master_entry *e)
{
	for (size_t i = 0; i < r->count; i++) {
		if (r->entries[i].type == e->type && strcmp(r->entries[i].name, e->name) == 0)
			return &r->entries[i];
	}
	return NULL;
}

static void
add_entry(struct reader *r, const struct master_entry *e)
{
	struct master_entry *old = find_same(r, e);
	struct why why;

	if (old != NULL) {
		why_set(&why, "%s/%s is defined here again; what line %d says has no effect",
		    e->name, type_names[e->type], old->line);
		report_line(r, e->line, false, why.text);
		*old = *e;
		return;
	}
	r->entries[r->count++] = *e;
}

static size_t
count_entries(struct str text)
{
	AUTO(logical) in = LOGICAL_INIT(text);
	size_t count = 0;

	while (count <= ENTRIES_MAX && logical_next(&in))
		count++;
	return count;
}

static void
read_lines(struct reader *r, struct str text)
{
	AUTO(logical) in = LOGICAL_INIT(text);
	struct why why;

	while (logical_next(&in)) {
		struct master_entry e = { .line = 0 };

		if (read_entry(r, &in, &e, &why) < 0)
			report_line(r, in.line, true, why.text);
		else
			add_entry(r, &e);
	}
}

int
master_cf_parse(
    const char *file, struct str text, struct master_cf *out, config_report *report, void *context)
{
	struct master_cf made = { .arena = ARENA_INIT(ARENA_MAX) };
	struct reader r = { .arena = &made.arena, .report = report, .context = context };

	r.file = arena_text(&made.arena, str_of(file));
	r.room = count_entries(text);
	if (r.room > ENTRIES_MAX) {
		report_line(&r, 1, true, "too many services");
	} else {
		r.entries = ARENA_ARRAY(&made.arena, struct master_entry, r.room + 1);
		read_lines(&r, text);
	}
	if (r.failed) {
		arena_drop(&made.arena);
		return ERR_SYNTAX;
	}
	made.entries = r.entries;
	made.count = r.count;
	*out = made;
	return 0;
}

int
master_cf_load(const char *directory, struct master_cf *out, config_report *report, void *context)
{
	AUTO(buf) text = BUF_INIT(LOGICAL_MAX);
	AUTO(buf) file = BUF_INIT(8192);
	struct why why;
	int result = buf_addf(&file, "%s/master.cf", directory);

	if (result == 0)
		result = sys_read_file(buf_text(&file), &text);
	if (result < 0) {
		why_set(&why, "cannot read %s/master.cf: %s", directory, err_text(result));
		report(context, true, why.text);
		return result;
	}
	return master_cf_parse(buf_text(&file), buf_str(&text), out, report, context);
}

void
master_cf_drop(struct master_cf *m)
{
	arena_drop(&m->arena);
	m->entries = NULL;
	m->count = 0;
}

const char *
master_type_name(enum master_type type)
{
	return type_names[type];
}

const struct master_entry *
master_cf_find(const struct master_cf *m, struct str name, enum master_type type)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->entries[i].type == type && str_equal(str_of(m->entries[i].name), name))
			return &m->entries[i];
	}
	return NULL;
}
