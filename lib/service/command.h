/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_COMMAND_H
#define LIB_SERVICE_COMMAND_H

#include "lib/base/buf.h"
#include "lib/config/config.h"

/*
 * What the commands have in common: messages on standard error, "name: fatal: …", exit statuses of
 * sysexits.h, and where the configuration is.
 *
 *	command_open("postqueue");
 *	…options…
 *	cfg = command_config(directory);
 */

/* First thing in main(): makes descriptors 0 to 2 open. `name` is kept by pointer. */
void command_open(const char *name);
const char *command_name(void);

PRINTF(1, 2) void command_info(const char *format, ...);
PRINTF(1, 2) void command_warn(const char *format, ...);
PRINTF(1, 2) void command_error(const char *format, ...);
NORETURN PRINTF(2, 3) void command_fail(int status, const char *format, ...);

/*
 * The folder of main.cf: what option -c says (NULL: it was not given), else MAIL_CONFIG, else the
 * built-in one. A set-uid or set-gid program takes neither from a stranger: it fails unless the
 * folder is the built-in one, one of $alternate_config_directories there, or the caller is root.
 */
const char *command_directory(const char *option);

/* Loads main.cf from there; what is wrong is shown, and the program ends. */
struct config *command_config(const char *directory);

/* A config_report for commands: "name: warning: …"; errors as "name: error: …". */
void command_report(void *context, bool is_error, const char *text);

/* Standard input up to its end, added to *out. Error: ERR_TOO_LONG beyond its bound, -errno. */
MUST_USE int command_read(struct buf *out);

/* To standard output, all of it; ends the program when that fails, quietly when the reader left. */
void command_print(struct str text);

#endif
