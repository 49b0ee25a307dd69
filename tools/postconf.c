/* SPDX-License-Identifier: BSD-2-Clause */
/* postconf(1): shows and changes main.cf and master.cf, prints postconf(5). */
#include "tools/postconf.h"

#include <sysexits.h>
#include <unistd.h>

#include "lib/config/item.h"
#include "lib/service/command.h"
#include "lib/table/table.h"

NORETURN static void
usage(void)
{
	command_fail(EX_USAGE,
	    "usage: postconf [-dfhHjnOpqvx] [-c directory] [-C class] [-o name=value] "
	    "[-M | -F | -P] [name ...]; -e name=value ...; -X or -# name ...; "
	    "-a; -A; -l; -m; -T mode; --manual");
}

/* --- What is shown instead of the configuration -------------------------------------------- */

static int
show_locks(const struct postconf *p)
{
	(void)p;
	command_print(STR("flock\nfcntl\ndotlock\n"));
	return EX_OK;
}

static int
show_types(const struct postconf *p)
{
	AUTO(buf) out = BUF_INIT(4096);

	(void)p;
	for (size_t i = 0; table_type_name(i) != NULL; i++) {
		postconf_add(&out, str_of(table_type_name(i)));
		postconf_add(&out, STR("\n"));
	}
	command_print(buf_str(&out));
	return EX_OK;
}

static int
show_sasl(const struct postconf *p)
{
	(void)p;
	return EX_OK; /* there are no plug-ins */
}

static int
show_templates(const struct postconf *p)
{
	(void)p;
	command_fail(EX_UNAVAILABLE, "there are no bounce messages in this release");
}

static int
show_version(const struct postconf *p)
{
	(void)p;
	command_print(STR(PACKAGE_VERSION "\n"));
	return EX_OK;
}

/* --- The command line ---------------------------------------------------------------------- */

typedef int postconf_task(const struct postconf *p);

static postconf_task *
task_of(int option)
{
	switch (option) {
	case 'M':
		return postconf_services;
	case 'F':
		return postconf_fields;
	case 'P':
		return postconf_overrides;
	case 'a':
	case 'A':
		return show_sasl;
	case 'b':
	case 't':
		return show_templates;
	case 'l':
		return show_locks;
	case 'm':
		return show_types;
	case 'T':
		return show_version;
	default:
		usage();
	}
}

static void
add_override(struct postconf *p, const char *text)
{
	struct config_override *list = p->overrides;
	struct str name, value;
	struct why why;

	if (item_split_name(str_of(text), &name, &value, &why) < 0)
		command_fail(EX_USAGE, "option -o: %s", why.text);
	list[p->override_count++] = (struct config_override){
		.name = arena_text(&p->arena, name),
		.value = arena_text(&p->arena, value),
	};
}

static void
add_classes(struct postconf *p, const char *text)
{
	struct str rest = str_of(text), word;

	while (str_word(&rest, ", ", &word)) {
		if (str_equal(word, STR("builtin")))
			p->classes |= POSTCONF_BUILTIN;
		else if (str_equal(word, STR("service")))
			p->classes |= POSTCONF_SERVICE;
		else if (str_equal(word, STR("user")))
			p->classes |= POSTCONF_USER;
		else if (str_equal(word, STR("all")))
			p->classes |= POSTCONF_ALL;
		else
			command_fail(EX_USAGE, "-C %s: builtin, service, user or all", text);
	}
}

/* True: an option that only says how to show. */
static bool
take_style(struct postconf *p, int option)
{
	bool *styles[] = {
		['d'] = &p->defaults,
		['f'] = &p->folded,
		['h'] = &p->hide_names,
		['H'] = &p->hide_values,
		['j'] = &p->json,
		['n'] = &p->set_only,
		['O'] = &p->origin,
		['q'] = &p->quiet,
		['x'] = &p->expanded,
	};

	if (option == 'p' || option == 'v')
		return true;
	if (option < 0 || (size_t)option >= ARRAY_LEN(styles) || styles[option] == NULL)
		return false;
	*styles[option] = true;
	return true;
}

/* True: one that says what is to be changed. */
static bool
take_edit(struct postconf *p, int option)
{
	enum postconf_edit edit = option == 'e'   ? POSTCONF_SET
	                          : option == 'X' ? POSTCONF_REMOVE
	                          : option == '#' ? POSTCONF_COMMENT
	                                          : POSTCONF_SHOW;

	if (edit == POSTCONF_SHOW)
		return false;
	if (p->edit != POSTCONF_SHOW && p->edit != edit)
		command_fail(EX_USAGE, "only one of -e, -X and -# can be given");
	p->edit = edit;
	return true;
}

static postconf_task *
join_tasks(struct postconf *p, postconf_task *old, postconf_task *new)
{
	if (old == new &&new == postconf_overrides)
		p->all_params = true; /* -PP */
	else if (old != postconf_main)
		command_fail(EX_USAGE, "these options do not go together");
	return new;
}

static void
check_together(const struct postconf *p, postconf_task *task)
{
	if (task != postconf_main && (p->defaults || p->set_only))
		command_fail(EX_USAGE, "-d and -n are for main.cf");
	if (p->edit != POSTCONF_SHOW && (p->defaults || p->set_only || p->expanded || p->json))
		command_fail(EX_USAGE, "-d, -j, -n and -x show, and do not go with a change");
	if (task != postconf_main && task != postconf_services && task != postconf_fields &&
	    task != postconf_overrides && p->edit != POSTCONF_SHOW)
		command_fail(EX_USAGE, "there is nothing to change");
}

static postconf_task *
take_options(struct postconf *p, int argc, char **argv)
{
	postconf_task *task = postconf_main;
	const char *directory = NULL;
	int option;

	while ((option = getopt(argc, argv, "aAbc:C:defFhHjlmMno:OpPqtT:vxX#")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else if (option == 'C')
			add_classes(p, optarg);
		else if (option == 'o')
			add_override(p, optarg);
		else if (!take_style(p, option) && !take_edit(p, option))
			task = join_tasks(p, task, task_of(option));
	}
	p->directory = command_directory(directory);
	p->names = (const char *const *)argv + optind;
	p->count = (size_t)(argc - optind);
	if (p->classes == 0)
		p->classes = POSTCONF_ALL;
	if (p->edit == POSTCONF_SHOW && p->count != 0 && strchr(p->names[0], '=') != NULL)
		p->edit = POSTCONF_SET;
	check_together(p, task);
	return task;
}

int
main(int argc, char **argv)
{
	struct postconf p = { .arena = ARENA_INIT((size_t)64 * 1024 * 1024) };
	postconf_task *task;
	int status;

	command_open("postconf");
	if (argc == 2 && strcmp(argv[1], "--manual") == 0)
		return postconf_print_manual();
	p.overrides = ARENA_ARRAY(&p.arena, struct config_override, (size_t)argc + 1);
	task = take_options(&p, argc, argv);
	status = task(&p);
	arena_drop(&p.arena);
	return status;
}
