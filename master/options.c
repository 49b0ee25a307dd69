/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/options.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/base/ticks.h"
#include "lib/sys/process.h"

static int
refuse(const char *arg, struct why *why)
{
	why_set(why,
	    "unknown option %s; usage: master [-Ddisv] [-c config_directory] [-e seconds] "
	    "[-k | -t | -w]",
	    arg);
	return ERR_SYNTAX;
}

/* One letter: the job, or how it is done. */
static int
take_option(const char *arg, struct master_options *o, struct why *why)
{
	switch (arg[0] == '-' && arg[1] != '\0' && arg[2] == '\0' ? arg[1] : '\0') {
	case 'D':
		o->debugger = true;
		return 0;
	case 'd': /* Postfix's names for the same: process 1 needs no word to reap orphans */
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
		return refuse(arg, why);
	}
}

static int
take_value(char letter, const char *value, struct master_options *o, struct why *why)
{
	uint64_t seconds;

	if (letter == 'c') {
		o->directory = value;
		return 0;
	}
	if (num_parse(str_of(value), INT32_MAX, &seconds) < 0) {
		why_set(why, "option -e: bad number of seconds \"%s\"", value);
		return ERR_SYNTAX;
	}
	o->lifetime = (int64_t)seconds * TICKS_SECOND;
	return 0;
}

int
master_options_parse(char **argv, struct master_options *out, struct why *why)
{
	struct master_options o = { .directory = sys_environment("MAIL_CONFIG") };

	if (o.directory == NULL || o.directory[0] == '\0')
		o.directory = CONFIG_DIRECTORY;
	for (size_t i = 1; argv[i] != NULL; i++) {
		const char *option = argv[i];

		if (strcmp(option, "-c") != 0 && strcmp(option, "-e") != 0) {
			if (take_option(option, &o, why) < 0)
				return ERR_SYNTAX;
		} else if (argv[++i] == NULL) {
			why_set(why, "option %s: a value is missing", option);
			return ERR_SYNTAX;
		} else if (take_value(option[1], argv[i], &o, why) < 0) {
			return ERR_SYNTAX;
		}
	}
	if (o.directory[0] != '/') {
		why_set(why, "the configuration directory \"%s\" must begin with /", o.directory);
		return ERR_SYNTAX;
	}
	*out = o;
	return 0;
}
