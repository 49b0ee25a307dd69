/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_WORKER_OPTIONS_H
#define LIB_SERVICE_WORKER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/why.h"
#include "lib/config/config.h"
#include "lib/sys/log.h"

/*
 * What master says to a process it starts: the descriptors it leaves open and the command line. The
 * two functions are each other's inverse.
 *
 *	smtpd -n 127.0.0.1:25 -t inet -c /etc/postroad -s 2 -m 50 -l ft -o smtpd_timeout=60s
 */
enum worker_descriptor {
	WORKER_FD_NULL = 0,    /* 0 and 1: /dev/null */
	WORKER_FD_LOG = 2,     /* the log's first file; /dev/null where it has none */
	WORKER_FD_LINK = 3,    /* to master (worker_link.h) */
	WORKER_FD_CONFIG = 4,  /* main.cf as master read it, in memory */
	WORKER_FD_LOG_2 = 5,   /* its second file, or /dev/null */
	WORKER_FD_SOCKETS = 6, /* the service's listening sockets, one after the other */
};

#define WORKER_SOCKETS_MAX 64
#define WORKER_LOG_FILES   2

struct worker_options {
	const char *service;   /* -n: name in master.cf */
	bool is_inet;          /* -t inet, unix or pass */
	bool is_pass;          /* clients come as descriptors over the sockets */
	const char *directory; /* -c: of the configuration */
	unsigned sockets;      /* -s: how many there are from WORKER_FD_SOCKETS on */
	uint32_t capacity;     /* -m: clients at once; 0: as many as descriptors allow */
	uint32_t lifetime;     /* -e: ends after so many clients; 0: never */
	struct log_sink logs[LOG_SINKS_MAX]; /* -l: "f" file or "s" syslog, "t" text or "j" JSON; */
	size_t log_count;                    /* of two files the second is WORKER_FD_LOG_2 */
	bool keep_root;                      /* -p: column "unprivileged" is n */
	bool chroot;                         /* -r: into the queue directory */
	bool resident;                       /* -R: does not end when idle */
	int64_t wakeup;   /* -w: ticks between wake-ups, whole seconds; 0: none */
	unsigned verbose; /* -v, once or more */
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
