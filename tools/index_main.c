/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/service/command.h"
#include "tools/index.h"

enum action {
	ACTION_BUILD,
	ACTION_QUERY,
	ACTION_REMOVE,
	ACTION_SHOW,
};

struct command_line {
	struct index_options options;
	enum action action;
	const char *key;
	const char *directory;
	bool had_action;
};

NORETURN static void
show_usage(void)
{
	command_fail(EX_USAGE,
	    "usage: %s [-finNoprvw] [-c dir] [-d key] [-q key] [-s] [type:]file ...",
	    command_name());
}

static void
set_action(struct command_line *l, enum action action, const char *key)
{
	if (l->had_action)
		command_fail(EX_USAGE, "only one of -d, -q and -s can be given");
	l->had_action = true;
	l->action = action;
	l->key = key;
}

static void
take_option(struct command_line *l, int option)
{
	struct index_options *o = &l->options;

	switch (option) {
	case 'c':
		l->directory = optarg;
		break;
	case 'd':
		set_action(l, ACTION_REMOVE, optarg);
		break;
	case 'q':
		set_action(l, ACTION_QUERY, optarg);
		break;
	case 's':
		set_action(l, ACTION_SHOW, NULL);
		break;
	case 'f':
		o->keep_case = true;
		break;
	case 'i':
		o->incremental = true;
		break;
	case 'n':
		o->without_nul = true;
		break;
	case 'N':
		o->without_nul = false;
		break;
	case 'o':
		o->keep_rights = true;
		break;
	case 'p':
		o->default_mode = true;
		break;
	case 'r':
		o->duplicates = DUPLICATE_REPLACE;
		break;
	case 'w':
		o->duplicates = DUPLICATE_IGNORE;
		break;
	case 'v':
		o->verbose = true;
		break;
	default:
		show_usage();
	}
}

static bool
act_on(const struct command_line *l, const struct config *c, const char *name)
{
	switch (l->action) {
	case ACTION_REMOVE:
		return index_remove(c, &l->options, name, l->key);
	case ACTION_SHOW:
		return index_show(c, &l->options, name);
	case ACTION_BUILD:
	case ACTION_QUERY:
	default:
		return index_build(c, &l->options, name);
	}
}

int
index_main(enum source_kind kind, int argc, char **argv)
{
	struct command_line l = { .options = { .kind = kind } };
	struct config *c;
	bool ok = true, any = false;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "c:d:fiNnopq:rsvw")) != -1)
		take_option(&l, option);
	if (optind == argc || (l.options.incremental && argc - optind != 1))
		show_usage();
	c = command_config(command_directory(l.directory));
	if (l.action == ACTION_QUERY) {
		ok = index_query(c, &l.options, argv + optind, argc - optind, l.key);
	} else {
		for (int i = optind; i < argc; i++) {
			bool done = act_on(&l, c, argv[i]);

			ok = ok && done;
			any = any || done;
		}
		if (l.action == ACTION_REMOVE)
			ok = any;
	}
	config_free(c);
	return ok ? 0 : 1;
}
