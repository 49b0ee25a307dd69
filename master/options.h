/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_OPTIONS_H
#define MASTER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/why.h"

/* The command line of master. */
enum master_job {
	JOB_DAEMON,     /* goes on in the background, once all is well */
	JOB_FOREGROUND, /* -d, -i, -s: stays where it was started */
	JOB_CHECK,      /* -k: reads and checks the configuration, and ends */
	JOB_TEST,       /* -t: tells by its exit status whether no master runs */
};

struct master_options {
	enum master_job job;
	const char *directory; /* -c, or the variable MAIL_CONFIG; absolute */
	bool verbose;          /* -v */
	bool debugger;         /* -D: runs $debugger_command on itself */
	int64_t lifetime;      /* -e: ends by itself after so many ticks; 0: does not */
};

/* Error: ERR_SYNTAX, with words. */
MUST_USE int master_options_parse(char **argv, struct master_options *out, struct why *why);

#endif
