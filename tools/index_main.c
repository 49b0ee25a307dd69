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
show_usage(enum source_kind kind)
{
	command_fail(EX_USAGE,
	    "usage: %s [-%sfijnNoprsuUvw] [-c dir] [-d key] [-q key] [type:]file ...",
	    command_name(), kind == SOURCE_MAP ? "bFhm" : "");
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

/* The member that a letter sets; NULL: it is no such letter. */
static bool *
flag_of(struct index_options *o, int letter)
{
	switch (letter) {
	case 'b':
		return &o->body;
	case 'f':
		return &o->keep_case;
	case 'F':
		return &o->from_files;
	case 'h':
		return &o->headers;
	case 'i':
		return &o->incremental;
	case 'j':
		return &o->as_json;
	case 'm':
		return &o->mime;
	case 'n':
		return &o->without_nul;
	case 'o':
		return &o->keep_rights;
	case 'p':
		return &o->default_mode;
	case 'u':
		return &o->any_bytes;
	case 'v':
		return &o->verbose;
	default:
		return NULL;
	}
}

static void
take_option(struct command_line *l, int option)
{
	struct index_options *o = &l->options;
	bool *flag = flag_of(o, option);

	if (flag != NULL)
		*flag = true;
	else if (option == 'c')
		l->directory = optarg;
	else if (option == 'd')
		set_action(l, ACTION_REMOVE, optarg);
	else if (option == 'q')
		set_action(l, ACTION_QUERY, optarg);
	else if (option == 's')
		set_action(l, ACTION_SHOW, NULL);
	else if (option == 'N')
		o->without_nul = false;
	else if (option == 'U')
		o->any_bytes = false;
	else if (option == 'r')
		o->duplicates = DUPLICATE_REPLACE;
	else if (option == 'w')
		o->duplicates = DUPLICATE_IGNORE;
	else
		show_usage(o->kind);
}

static void
check_options(const struct command_line *l, int names)
{
	const struct index_options *o = &l->options;
	bool asks_for_input = l->action == ACTION_QUERY && l->key[0] == '-' && l->key[1] == '\0';

	if (names == 0 || (o->incremental && names != 1))
		show_usage(o->kind);
	if ((o->headers || o->body) && !asks_for_input)
		command_fail(EX_USAGE, "-h and -b are for -q - only: a message is read");
	if (o->mime && !o->headers && !o->body)
		command_fail(EX_USAGE, "-m is for -h and -b only");
	if (o->as_json && l->action != ACTION_QUERY && l->action != ACTION_SHOW)
		command_fail(EX_USAGE, "-j is for -q and -s only");
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
		return index_make(c, &l->options, name);
	}
}

int
index_main(enum source_kind kind, int argc, char **argv)
{
	const char *letters =
	    kind == SOURCE_MAP ? "bc:d:fFhijmnNopq:rsuUvw" : "c:d:fijnNopq:rsuUvw";
	struct command_line l = { .options = { .kind = kind } };
	struct config *c;
	bool ok = true, any = false;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, letters)) != -1)
		take_option(&l, option);
	check_options(&l, argc - optind);
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
