/* SPDX-License-Identifier: BSD-2-Clause */
/* master.cf: shown in columns, by field, or by -o; patterns are name[/type[/field]], '*' is any. */
#include "tools/postconf.h"

#include <sysexits.h>

#include "lib/config/item.h"
#include "lib/service/command.h"

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

static const char *const field_names[MASTER_COLUMNS] = {
	[MASTER_COLUMN_NAME] = "service",
	[MASTER_COLUMN_TYPE] = "type",
	[MASTER_COLUMN_PRIVATE] = "private",
	[MASTER_COLUMN_UNPRIVILEGED] = "unprivileged",
	[MASTER_COLUMN_CHROOT] = "chroot",
	[MASTER_COLUMN_WAKEUP] = "wakeup",
	[MASTER_COLUMN_PROCESS_LIMIT] = "process_limit",
	[MASTER_COLUMN_PROGRAM] = "command",
};

/* Where the columns begin, when what is before them leaves room. */
static const size_t column_starts[MASTER_COLUMNS] = { 0, 11, 17, 25, 33, 41, 49, 57 };

static void
add(struct buf *out, struct str text)
{
	if (buf_add(out, text) < 0)
		command_fail(EX_SOFTWARE, "more than %zu bytes to show", OUTPUT_MAX);
}

/* --- Arguments ----------------------------------------------------------------------------- */

static bool
needs_braces(const char *arg)
{
	return arg[0] == '\0' || arg[0] == '{' || strpbrk(arg, ITEM_BLANKS) != NULL;
}

static void
add_argument(struct buf *out, const char *arg)
{
	add(out, needs_braces(arg) ? STR("{") : STR_NONE);
	add(out, str_of(arg));
	add(out, needs_braces(arg) ? STR("}") : STR_NONE);
}

static void
add_command(const struct postconf *p, struct buf *out, const struct master_entry *e)
{
	add(out, str_of(e->program));
	for (size_t i = 0; i < e->arg_count; i++) {
		bool option = e->args[i][0] == '-' && (i == 0 || strcmp(e->args[i - 1], "-o") != 0);

		add(out, p->folded && option ? STR("\n    ") : STR(" "));
		add_argument(out, e->args[i]);
	}
}

/* --- Patterns ------------------------------------------------------------------------------ */

struct pattern {
	struct str name, type, field; /* empty: any */
};

static struct pattern
read_pattern(const char *text, bool has_field)
{
	struct pattern p = { .name = STR_NONE };
	struct str rest = str_of(text), more;

	if (!str_split(&rest, '/', &p.name))
		command_fail(EX_USAGE, "an empty pattern");
	if (str_split(&rest, '/', &p.type) && str_split(&rest, '/', &p.field) && !has_field)
		command_fail(EX_USAGE, "\"%s\": name or name/type is expected", text);
	if (str_split(&rest, '/', &more))
		command_fail(EX_USAGE, "\"%s\": name/type/field is expected", text);
	return p;
}

static bool
matches(struct str pattern, const char *text)
{
	return pattern.n == 0 || str_equal(pattern, STR("*")) || str_equal(pattern, str_of(text));
}

/* --- What is shown of an entry ------------------------------------------------------------- */

typedef void show_entry(const struct postconf *p, const struct master_entry *e,
    const struct pattern *pattern, struct buf *out);

static void
show_columns(const struct postconf *p, const struct master_entry *e, const struct pattern *pattern,
    struct buf *out)
{
	size_t start = out->n;

	(void)pattern;
	for (size_t i = 0; i < MASTER_COLUMN_PROGRAM; i++) {
		add(out, str_of(e->columns[i]));
		do
			add(out, STR(" "));
		while (out->n - start < column_starts[i + 1]);
	}
	add_command(p, out, e);
	add(out, STR("\n"));
}

static void
show_fields(const struct postconf *p, const struct master_entry *e, const struct pattern *pattern,
    struct buf *out)
{
	for (size_t i = 0; i < MASTER_COLUMNS; i++) {
		AUTO(buf) name = BUF_INIT(OUTPUT_MAX);
		AUTO(buf) value = BUF_INIT(OUTPUT_MAX);

		if (!matches(pattern->field, field_names[i]))
			continue;
		if (buf_addf(
		        &name, "%s/%s/%s", e->name, master_type_name(e->type), field_names[i]) < 0)
			command_fail(EX_SOFTWARE, "%s: too long", e->name);
		if (i == MASTER_COLUMN_PROGRAM)
			add_command(p, &value, e);
		else
			add(&value, str_of(e->columns[i]));
		postconf_add_line(p, out, buf_text(&name), buf_text(&value));
	}
}

static void
show_overrides(const struct postconf *p, const struct master_entry *e,
    const struct pattern *pattern, struct buf *out)
{
	for (size_t i = 0; i < e->override_count; i++) {
		AUTO(buf) name = BUF_INIT(OUTPUT_MAX);
		const struct config_override *o = &e->overrides[i];

		if (!matches(pattern->field, o->name))
			continue;
		if (buf_addf(&name, "%s/%s/%s", e->name, master_type_name(e->type), o->name) < 0)
			command_fail(EX_SOFTWARE, "%s: too long", e->name);
		postconf_add_line(p, out, buf_text(&name), o->value);
	}
}

static void
show_matching(const struct postconf *p, const struct master_cf *m, const struct pattern *pattern,
    show_entry *show, struct buf *out)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct master_entry *e = &m->entries[i];

		if (matches(pattern->name, e->name) &&
		    matches(pattern->type, master_type_name(e->type)))
			show(p, e, pattern, out);
	}
}

static int
show_all(const struct postconf *p, show_entry *show, bool has_field)
{
	const struct pattern any = { .name = STR_NONE };
	AUTO(buf) out = BUF_INIT(OUTPUT_MAX);
	struct master_cf m;

	if (master_cf_load(p->directory, &m, command_report, NULL) < 0)
		command_fail(EX_CONFIG, "%s/master.cf cannot be used as it is", p->directory);
	for (size_t i = 0; i < p->count; i++) {
		struct pattern pattern = read_pattern(p->names[i], has_field);

		show_matching(p, &m, &pattern, show, &out);
	}
	if (p->count == 0)
		show_matching(p, &m, &any, show, &out);
	command_print(buf_str(&out));
	master_cf_drop(&m);
	return EX_OK;
}

int
postconf_show_services(const struct postconf *p)
{
	return show_all(p, show_columns, false);
}

int
postconf_show_fields(const struct postconf *p)
{
	return show_all(p, show_fields, true);
}

int
postconf_show_overrides(const struct postconf *p)
{
	return show_all(p, show_overrides, true);
}
