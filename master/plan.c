/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the configuration as master needs it. Everything is looked at before anything is refused,
 * so that one run of `postroad check` shows all that is wrong.
 *
 * Each service's options are loaded as its processes will load them (main.cf and its -o): a bad
 * value is found here and not by a process that dies. Lines that differ from those of main.cf alone
 * are the news; the others were reported already.
 *
 * Lines that cannot be served, or need not be (rows.h), are left out, and the others go on.
 */
#include "master/plan.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/config/check.h"
#include "lib/config/files.h"
#include "lib/config/logical.h"
#include "lib/sys/file.h"
#include "lib/sys/memory.h"
#include "master/numbers.h"
#include "master/places.h"
#include "master/rows.h"

#define ARENA_MAX   ((size_t)64 * 1024 * 1024)
#define MAIN_CF_MAX LOGICAL_MAX

struct reader {
	struct plan *plan;
	config_report *report;
	void *context;
	const struct master_entry *entry; /* looked at now */
	bool strict;
	bool failed;
	struct list said; /* of struct line */
};

struct line {
	struct list link;
	const char *text;
};

/* --- Reports --------------------------------------------------------------------------------- */

/* A config_report: says each line once. */
static void
say_once(void *context, bool is_error, const char *text)
{
	struct reader *r = context;
	struct line *line;

	r->failed = r->failed || is_error;
	LIST_EACH (it, &r->said) {
		if (strcmp(CONTAINER_OF(it, struct line, link)->text, text) == 0)
			return;
	}
	line = ARENA_NEW(&r->plan->arena, struct line);
	line->text = arena_text(&r->plan->arena, str_of(text));
	list_append(&r->said, &line->link);
	r->report(r->context, is_error, text);
}

PRINTF(3, 4)
static void
say(struct reader *r, bool is_error, const char *format, ...)
{
	AUTO(buf) words = BUF_INIT(2048);
	va_list ap;

	va_start(ap, format);
	if (buf_addv(&words, format, ap) < 0)
		buf_clear(&words);
	va_end(ap);
	say_once(r, is_error, buf_text(&words));
}

/* About the line of master.cf that is looked at. */
static void
say_of_entry(struct reader *r, bool is_error, const char *words)
{
	say(r, is_error, "%s/master.cf, line %d: %s %s: %s", r->plan->directory, r->entry->line,
	    r->entry->name, master_type_name(r->entry->type), words);
}

/* A config_report for the options of a service; what main.cf says has a place of its own. */
static void
say_of_options(void *context, bool is_error, const char *text)
{
	struct reader *r = context;

	if (str_starts(str_of(text), STR("option -o")))
		say_of_entry(r, is_error, text);
	else
		say_once(r, is_error, text);
}

/* --- Which lines are served ------------------------------------------------------------------- */

/* For one line in the log about all of them. */
static void
note_left_out(struct reader *r)
{
	struct plan *p = r->plan;

	p->left_out = arena_printf(
	    &p->arena, "%s%s%s", p->left_out, p->left_out[0] != '\0' ? " " : "", r->entry->name);
}

static bool
is_served(struct reader *r, const char **program_path)
{
	struct why why;

	switch (row_fate(r->plan->config, r->entry, &r->plan->arena, program_path)) {
	case ROW_SERVED:
		return true;
	case ROW_DISABLED:
		return false;
	case ROW_BUILT_IN:
		note_left_out(r);
		return false;
	case ROW_MISSING:
		why_set(&why, "there is no program %s; the line is left out", *program_path);
		break;
	case ROW_DATAGRAM:
		why_set(&why, "datagrams are not served; the line is left out");
		break;
	}
	say_of_entry(r, false, why.text);
	return false;
}

/* --- A service ---------------------------------------------------------------------------------- */

static enum plan_stage
stage_of(const struct master_entry *entry)
{
	if (entry->type == MASTER_INET || entry->type == MASTER_PASS ||
	    strcmp(entry->program, "pickup") == 0)
		return STAGE_RECEPTION;
	if (strcmp(entry->program, "cleanup") == 0)
		return STAGE_CLEANUP;
	return strcmp(entry->program, "qmgr") == 0 ? STAGE_QUEUE : STAGE_DELIVERY;
}

/* The configuration as the processes of this service will see it. */
static struct config *
load_service_config(struct reader *r)
{
	struct config_source source = {
		.directory = r->plan->directory,
		.program = r->entry->program,
		.service = r->entry->name,
		.overrides = r->entry->overrides,
		.override_count = r->entry->override_count,
		.text = buf_text(&r->plan->main_cf),
	};

	return config_load(&source, say_of_options, r);
}

static void
add_service(struct reader *r, struct plan_service *s)
{
	struct config *c = load_service_config(r);
	struct why why = WHY_INIT;

	if (c == NULL)
		return;
	s->name = r->entry->name;
	s->type = r->entry->type == MASTER_FIFO ? MASTER_UNIX : r->entry->type;
	s->program = r->entry->program;
	s->entry = r->entry;
	s->resident = r->entry->wakeup != 0 && !r->entry->wakeup_when_used;
	s->stage = stage_of(r->entry);
	numbers_find(c, s);
	if (places_find(c, r->entry, &r->plan->arena, &s->places, &s->place_count, &why) < 0)
		say_of_entry(r, true, why.text);
	config_free(c);
}

/* Two services cannot listen in one place. */
static void
check_places(struct reader *r, const struct plan_service *s, const struct plan_service *all)
{
	for (const struct plan_service *other = all; other < s; other++) {
		for (size_t i = 0; i < s->place_count * other->place_count; i++) {
			const struct plan_place *a = &s->places[i % s->place_count];
			const struct plan_place *b = &other->places[i / s->place_count];
			struct why why;

			if (strcmp(a->text, b->text) != 0)
				continue;
			why_set(
			    &why, "%s is taken by line %d already", a->text, other->entry->line);
			say_of_entry(r, true, why.text);
		}
	}
}

static void
add_services(struct reader *r)
{
	struct plan *p = r->plan;
	struct plan_service *services =
	    ARENA_ARRAY(&p->arena, struct plan_service, p->master_cf.count + 1);

	p->services = services;
	for (size_t i = 0; i < p->master_cf.count; i++) {
		struct plan_service *s = &services[p->service_count];

		r->entry = &p->master_cf.entries[i];
		if (!is_served(r, &s->program_path))
			continue;
		add_service(r, s);
		check_places(r, s, services);
		p->service_count++;
	}
	if (p->service_count == 0 && !r->failed)
		say(r, true, "%s/master.cf: no service is left to run", p->directory);
}

/* --- The whole ---------------------------------------------------------------------------------- */

static void
find_accounts(struct reader *r)
{
	struct plan *p = r->plan;
	struct why why = WHY_INIT;

	if (accounts_find(p->config, &p->arena, &p->accounts, &why) < 0)
		say(r, true, "%s/main.cf: %s", p->directory, why.text);
}

/* A config_report for check_settings(): names that nothing knows are an error only when checking. */
static void
say_of_settings(void *context, bool is_error, const char *text)
{
	struct reader *r = context;

	say_once(r, is_error && r->strict, text);
}

/* NULL: it cannot be read; config_load() tries it again and finds words for it. */
static const char *
read_main(struct plan *p)
{
	struct why why;

	return files_read(p->directory, &p->main_cf, &why) == 0 ? buf_text(&p->main_cf) : NULL;
}

static void
keep_main(struct reader *r)
{
	struct plan *p = r->plan;

	p->main_cf_fd = sys_sealed_file("main.cf", buf_str(&p->main_cf));
	if (p->main_cf_fd < 0)
		say(r, true, "cannot keep main.cf in memory: %s", err_text(p->main_cf_fd));
}

static void
load_files(struct reader *r)
{
	struct plan *p = r->plan;
	struct config_source source = {
		.directory = p->directory,
		.program = "master",
		.text = read_main(p),
	};
	int result;

	p->config = config_load(&source, say_once, r);
	result = master_cf_load(p->directory, &p->master_cf, say_once, r);
	if (p->config == NULL || result < 0)
		r->failed = true;
	if (result < 0 && result != ERR_SYNTAX)
		say(r, true, "%s/master.cf: %s", p->directory, err_text(result));
	if (!r->failed)
		check_settings(config_settings(p->config), &p->master_cf, say_of_settings, r);
}

struct plan *
plan_load(const char *directory, bool strict, config_report *report, void *context)
{
	struct plan *p = NEW(struct plan);
	struct reader r = { .plan = p, .report = report, .context = context, .strict = strict };

	list_init(&r.said);
	arena_init(&p->arena, ARENA_MAX);
	buf_init(&p->main_cf, MAIN_CF_MAX);
	p->main_cf_fd = -1;
	p->left_out = "";
	p->users = 1;
	p->directory = arena_text(&p->arena, str_of(directory));
	load_files(&r);
	if (!r.failed) {
		keep_main(&r);
		find_accounts(&r);
		add_services(&r);
	}
	if (!r.failed)
		return p;
	plan_free(p);
	return NULL;
}

struct plan *
plan_use(struct plan *p)
{
	p->users++;
	return p;
}

void
plan_free(struct plan *p)
{
	if (p == NULL || --p->users > 0)
		return;
	master_cf_drop(&p->master_cf);
	if (p->config != NULL)
		config_free(p->config);
	sys_close(p->main_cf_fd);
	buf_drop(&p->main_cf);
	arena_drop(&p->arena);
	mem_free(p);
}

bool
plan_means(const char *only, const char *name, const char *program)
{
	return only == NULL || strcmp(only, name) == 0 || strcmp(only, program) == 0;
}

bool
plan_has(const struct plan *p, const char *only)
{
	for (size_t i = 0; i < p->service_count; i++) {
		if (plan_means(only, p->services[i].name, p->services[i].program))
			return true;
	}
	return false;
}

const struct plan_service *
plan_find(const struct plan *p, const char *name, enum master_type type)
{
	for (size_t i = 0; i < p->service_count; i++) {
		const struct plan_service *s = &p->services[i];

		if (s->type == type && strcmp(s->name, name) == 0)
			return s;
	}
	return NULL;
}
