/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/options.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/sys/process.h"

static int
take_letter(char letter, struct master_options *o, struct why *why)
{
	switch (letter) {
	case 'd': /* Postfix's names for the same */
	case 'i':
	case 's':
		o->job = JOB_FOREGROUND;
		return 0;
	case 'k':
		o->job = JOB_CHECK;
		return 0;
	case 't':
		o->job = JOB_TEST;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'w': /* the default */
		return 0;
	default:
		why_set(why,
		    "unknown option -%c; usage: master [-c config_directory] [-k | -s | -t] [-v]",
		    letter);
		return ERR_SYNTAX;
	}
}

int
master_options_parse(char **argv, struct master_options *out, struct why *why)
{
	struct master_options o = { .directory = sys_environment("MAIL_CONFIG") };

	if (o.directory == NULL || o.directory[0] == '\0')
		o.directory = CONFIG_DIRECTORY;
	for (size_t i = 1; argv[i] != NULL; i++) {
		const char *arg = argv[i];

		if (strcmp(arg, "-c") == 0 && argv[i + 1] != NULL)
			o.directory = argv[++i];
		else if (arg[0] != '-' || arg[1] == '\0' || arg[2] != '\0')
			return take_letter('?', &o, why);
		else if (take_letter(arg[1], &o, why) < 0)
			return ERR_SYNTAX;
	}
	if (o.directory[0] != '/') {
		why_set(why, "the configuration directory \"%s\" must begin with /", o.directory);
		return ERR_SYNTAX;
	}
	*out = o;
	return 0;
}
