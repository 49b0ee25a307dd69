/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_WORKER_OPTIONS_H
#define LIB_SERVICE_WORKER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/why.h"
#include "lib/config/config.h"

/*
 * What master says to a process it starts: the descriptors it leaves open and the command line. The
 * two functions are each other's inverse.
 *
 *	smtpd -n 127.0.0.1:25 -t inet -c /etc/postroad -s 2 -m 50 -l -o smtpd_timeout=60s
 */
enum worker_descriptor {
	WORKER_FD_NULL = 0,    /* 0 and 1: /dev/null */
	WORKER_FD_LOG = 2,     /* the log; /dev/null when that is syslog */
	WORKER_FD_LINK = 3,    /* to master (worker_link.h) */
	WORKER_FD_CONFIG = 4,  /* main.cf as master read it, in memory */
	WORKER_FD_SOCKETS = 5, /* the service's listening sockets, one after the other */
};

#define WORKER_SOCKETS_MAX 64

struct worker_options {
	const char *service;   /* -n: name in master.cf */
	bool is_inet;          /* -t inet or unix */
	const char *directory; /* -c: of the configuration */
	unsigned sockets;      /* -s: how many there are from WORKER_FD_SOCKETS on */
	uint32_t capacity;     /* -m: clients at once; 0: as many as descriptors allow */
	uint32_t lifetime;     /* -e: ends after so many clients; 0: never */
	bool log_inherited;    /* -l: the log is WORKER_FD_LOG, not syslog */
	bool keep_root;        /* -p: column "unprivileged" is n */
	bool chroot;           /* -r: into the queue directory */
	bool resident;         /* -R: does not end when idle */
	int64_t wakeup;        /* -w: ticks between wake-ups, whole seconds; 0: none */
	unsigned verbose;      /* -v, once or more */
	const struct config_override *overrides; /* -o, in order */
	size_t override_count;
	char *const *args; /* what follows the options: the program's own; up to NULL */
};

/* For the new process; texts are borrowed from argv. Error: ERR_SYNTAX, with words. */
MUST_USE int worker_options_parse(
    char **argv, struct worker_options *out, struct arena *a, struct why *why);

/*
 * The command line for these options (but for overrides, verbose and args) and then `rest`, the
 * program's column of master.cf, which holds those. In the arena.
 */
MUST_USE char **worker_options_argv(const struct worker_options *o, const char *program,
    const char *const *rest, size_t rest_count, struct arena *a);

#endif
