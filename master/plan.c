/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the configuration as master needs it. Everything is looked at before anything is refused,
 * so that one run of `postroad check` shows all that is wrong.
 *
 * Each service's options are loaded as its processes will load them (main.cf and its -o): a bad
 * value is found here and not by a process that dies. Lines that differ from those of main.cf alone
 * are the news; the others were reported already.
 *
 * A master.cf of Postfix holds services that Postroad does without. They are left out with a
 * warning, so that the file can be used as it is.
 */
#include "master/plan.h"

#include <string.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/config/check.h"
#include "lib/config/files.h"
#include "lib/config/logical.h"
#include "lib/sys/file.h"
#include "lib/sys/memory.h"
#include "lib/sys/path.h"
#include "lib/sys/process.h"
#include "master/places.h"

#define ARENA_MAX   ((size_t)64 * 1024 * 1024)
#define MAIN_CF_MAX LOGICAL_MAX

/* No service is given more processes than this, whatever the arithmetic says. */
#define WORKERS_MAX 1000

/* Programs of Postfix whose work is done elsewhere here. */
static const char *const not_needed[] = {
	"bounce",
	"discard",
	"dnsblog",
	"error",
	"flush",
	"nbdb_reindexd",
	"postlogd",
	"postscreen",
	"proxymap",
	"scache",
	"showq",
	"tlsmgr",
	"tlsproxy",
	"trivial-rewrite",
	"verify",
};

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

/* master_service_disable = name/type or type */
static bool
is_disabled(const struct reader *r)
{
	struct config_list list = config_list(r->plan->config, PARAM_master_service_disable);
	struct str type = str_of(master_type_name(r->entry->type));

	for (size_t i = 0; i < list.count; i++) {
		struct str item = list.items[i];
		size_t at = str_rindex(item, '/');
		bool alone = at == item.n;

		if (!str_equal(alone ? item : str_from(item, at + 1), type))
			continue;
		if (alone || str_equal(str_part(item, 0, at), str_of(r->entry->name)))
			return true;
	}
	return false;
}

static bool
has_program(const struct reader *r, const char **path)
{
	*path = arena_printf(&r->plan->arena, "%s/%s",
	    config_text(r->plan->config, PARAM_daemon_directory), r->entry->program);
	return sys_may_access(*path, X_OK) == 0;
}

static bool
is_not_needed(const char *program)
{
	for (size_t i = 0; i < ARRAY_LEN(not_needed); i++) {
		if (strcmp(program, not_needed[i]) == 0)
			return true;
	}
	return false;
}

/* Warns of lines that are left out; reports those that cannot be served. */
static bool
is_served(struct reader *r, const char **program_path)
{
	struct why why;

	if (is_disabled(r))
		return false;
	if (r->entry->type == MASTER_PASS || r->entry->type == MASTER_UNIX_DGRAM) {
		say_of_entry(
		    r, false, "this type is not served by this release; the line is left out");
		return false;
	}
	if (has_program(r, program_path))
		return true;
	if (is_not_needed(r->entry->program)) {
		say_of_entry(r, false, "Postroad needs no such service; the line is left out");
		return false;
	}
	why_set(&why, "there is no program %s; install it or remove the line", *program_path);
	say_of_entry(r, true, why.text);
	return false;
}

/* --- Numbers ------------------------------------------------------------------------------------ */

/* SERVICE_workers, PROGRAM_workers, default_workers: the first that is set. 0: by the machine. */
static uint32_t
configured_workers(const struct config *c, const struct master_entry *entry)
{
	int64_t own = config_each_int(c, PARAM_service_workers, entry->name);

	if (own == config_int(c, PARAM_default_workers))
		own = config_each_int(c, PARAM_service_workers, entry->program);
	return own > WORKERS_MAX ? WORKERS_MAX : (uint32_t)own;
}

static uint32_t
usual_workers(const struct plan_service *s)
{
	unsigned cores = sys_cpu_count();

	return s->type == MASTER_INET && cores < 2 ? 2 : cores;
}

static uint32_t
divide_up(uint32_t a, uint32_t b)
{
	return a / b + (a % b != 0);
}

/* One process for any number of clients: of qmgr and pickup; of anvil these are other processes. */
static bool
serves_all(const struct plan_service *s)
{
	return s->resident || strcmp(s->program, "anvil") == 0;
}

/*
 * maxproc is how many clients are served at once, over all processes. worker_sessions narrows what
 * one process may take, so that there are more of them; at 1, each serves one client and ends.
 */
static void
set_numbers(struct reader *r, const struct config *c, struct plan_service *s)
{
	int64_t limit = r->entry->process_limit;
	uint32_t clients =
	    (uint32_t)(limit == MASTER_LIMIT_DEFAULT ? config_int(c, PARAM_default_process_limit)
	                                             : limit);
	uint32_t narrow = (uint32_t)config_int(c, PARAM_worker_sessions);

	s->workers = configured_workers(c, r->entry);
	if (s->workers == 0)
		s->workers = usual_workers(s);
	if (clients != 0 && clients < s->workers)
		s->workers = clients;
	s->sessions = clients != 0 ? divide_up(clients, s->workers) : 0;
	if (narrow != 0 && !serves_all(s) && (s->sessions == 0 || s->sessions > narrow)) {
		s->sessions = narrow;
		s->workers = clients != 0 ? divide_up(clients, narrow) : WORKERS_MAX;
		s->lifetime = narrow == 1 ? 1 : 0;
	}
	if (s->workers > WORKERS_MAX)
		s->workers = WORKERS_MAX;
	if (serves_all(s)) {
		s->workers = 1;
		s->sessions = 0;
	}
}

static enum plan_stage
stage_of(const struct master_entry *entry)
{
	if (entry->type == MASTER_INET || strcmp(entry->program, "pickup") == 0)
		return STAGE_RECEPTION;
	if (strcmp(entry->program, "cleanup") == 0)
		return STAGE_CLEANUP;
	return strcmp(entry->program, "qmgr") == 0 ? STAGE_QUEUE : STAGE_DELIVERY;
}

/* --- A service ---------------------------------------------------------------------------------- */

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
	s->type = r->entry->type == MASTER_INET ? MASTER_INET : MASTER_UNIX;
	s->program = r->entry->program;
	s->entry = r->entry;
	s->resident = r->entry->wakeup != 0 && !r->entry->wakeup_when_used;
	s->stage = stage_of(r->entry);
	set_numbers(r, c, s);
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

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	master_cf_drop(&p->master_cf);
	if (p->config != NULL)
		config_free(p->config);
	sys_close(p->main_cf_fd < 0 ? -1 : p->main_cf_fd);
	buf_drop(&p->main_cf);
	arena_drop(&p->arena);
	mem_free(p);
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
