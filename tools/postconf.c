/* SPDX-License-Identifier: BSD-2-Clause */
/* postconf(1): shows and changes main.cf, shows master.cf, prints postconf(5). */
#include "tools/postconf.h"

#include <sysexits.h>
#include <unistd.h>

#include "lib/config/item.h"
#include "lib/service/command.h"

enum task {
	TASK_SHOW,
	TASK_EDIT,
	TASK_REMOVE,
	TASK_COMMENT,
	TASK_SERVICES,
	TASK_FIELDS,
	TASK_OVERRIDES,
	TASK_LOCKS,
	TASK_VERSION,
};

NORETURN static void
usage(void)
{
	command_fail(EX_USAGE,
	    "usage: postconf [-dfhHnpqx] [-c directory] [-o name=value] [name ...]; "
	    "-e name=value ...; -X or -# name ...; -M, -F or -P [pattern ...]; -l; --manual");
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

/* True: an option that only says how to show. */
static bool
take_style(struct postconf *p, int option)
{
	bool *styles[] = {
		['d'] = &p->defaults,
		['f'] = &p->folded,
		['h'] = &p->hide_names,
		['H'] = &p->hide_values,
		['n'] = &p->set_only,
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

static enum task
task_of(int option)
{
	switch (option) {
	case 'e':
		return TASK_EDIT;
	case 'X':
		return TASK_REMOVE;
	case '#':
		return TASK_COMMENT;
	case 'M':
		return TASK_SERVICES;
	case 'F':
		return TASK_FIELDS;
	case 'P':
		return TASK_OVERRIDES;
	case 'l':
		return TASK_LOCKS;
	case 'T':
		return TASK_VERSION;
	default:
		usage();
	}
}

/* Of two tasks only -M, -F, -P with an edit make sense, and master.cf is not edited here. */
static enum task
join_tasks(enum task old, enum task new)
{
	if (old != TASK_SHOW && old != new)
		command_fail(EX_USAGE, "these options do not go together; master.cf is only shown");
	return new;
}

static enum task
take_options(struct postconf *p, int argc, char **argv)
{
	enum task task = TASK_SHOW;
	const char *directory = NULL;
	int option;

	while ((option = getopt(argc, argv, "c:defFhHlMno:pPqT:vxX#")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else if (option == 'o')
			add_override(p, optarg);
		else if (!take_style(p, option))
			task = join_tasks(task, task_of(option));
	}
	p->directory = command_directory(directory);
	p->names = (const char *const *)argv + optind;
	p->count = (size_t)(argc - optind);
	if (task == TASK_SHOW && p->count != 0 && strchr(p->names[0], '=') != NULL)
		return TASK_EDIT;
	return task;
}

static int
run(const struct postconf *p, enum task task)
{
	switch (task) {
	case TASK_SHOW:
		return postconf_show(p);
	case TASK_EDIT:
	case TASK_REMOVE:
	case TASK_COMMENT:
		return postconf_edit(p, task == TASK_REMOVE, task == TASK_COMMENT);
	case TASK_SERVICES:
		return postconf_show_services(p);
	case TASK_FIELDS:
		return postconf_show_fields(p);
	case TASK_OVERRIDES:
		return postconf_show_overrides(p);
	case TASK_LOCKS:
		command_print(STR("flock\nfcntl\ndotlock\n"));
		return EX_OK;
	case TASK_VERSION:
		command_print(STR(PACKAGE_VERSION "\n"));
		return EX_OK;
	}
	usage();
}

int
main(int argc, char **argv)
{
	struct postconf p = { .arena = ARENA_INIT((size_t)64 * 1024 * 1024) };
	int status;

	command_open("postconf");
	if (argc == 2 && strcmp(argv[1], "--manual") == 0)
		return postconf_print_manual();
	p.overrides = ARENA_ARRAY(&p.arena, struct config_override, (size_t)argc + 1);
	status = run(&p, take_options(&p, argc, argv));
	arena_drop(&p.arena);
	return status;
}
