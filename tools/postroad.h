/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_POSTROAD_H
#define TOOLS_POSTROAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/config/config.h"

struct command;

/* What the files of postroad(1) share. */
struct context {
	struct arena arena;
	const char *directory; /* of the configuration; absolute */
	const char *queue_directory, *process_folder, *daemon_directory;
	struct config *config; /* where a command needs it */
	bool verbose;
	const struct command *command;
	const char *argument; /* of the command; empty: none */
	char **words; /* of the command, where it reads them itself */
	bool json;
};

/* Loads x->config, once; what is wrong is shown, and the program ends. */
void need_config(struct context *x);

/* A path in the folder of master's lock. */
const char *in_process_folder(struct context *x, const char *name);

/* Makes the folders that are missing, each with its owner and mode. Loads x->config. */
void make_folders(struct context *x);

/* Shows what is wrong with the folders; how many faults they have. Loads x->config. */
MUST_USE int check_folders(struct context *x);

#define ASK_ANSWER_MAX ((size_t)1024 * 1024)

/*
 * Asks master (master/control.h): its words are added to *answer, its exit status is in *status.
 * Error: nobody answered within `patience` ticks.
 */
MUST_USE int ask_master(
    struct context *x, const char *line, int64_t patience, struct buf *answer, int *status);

/* Prints what master, process `pid`, says about its services. */
void show_status(struct context *x, pid_t pid);

/* x->config is loaded. Ends the program when something cannot be done. */
void rotate_logs(struct context *x, bool is_running);

/*
 * Limits, rights of files and programs, and, but at start, tables: what an administrator should know of
 * before mail meets it. An exit status; the words are shown.
 */
MUST_USE int check_host(struct context *x, bool at_start);

/* `check`, with what it says as JSON on standard output, an object a line. Its exit status. */
MUST_USE int check_as_json(struct context *x);

/* May these rules do? An exit status; the words are shown. */
MUST_USE int check_access(struct context *x);
MUST_USE int audit_access(struct context *x); /* the same in this process, for good without root */

/* What would a client hear? x->words: of whom. An exit status. */
MUST_USE int ask_access(struct context *x);

/* Prints the records of a name. x->words: NAME [TYPE]. An exit status. */
MUST_USE int show_dns(struct context *x);

/* Prints how the system is; an exit status, EX_USAGE where there is no such level. */
MUST_USE int show_health(struct context *x, const char *level, bool json);

#endif
