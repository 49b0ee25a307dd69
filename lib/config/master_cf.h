/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_MASTER_CF_H
#define LIB_CONFIG_MASTER_CF_H

#include "lib/base/arena.h"
#include "lib/base/str.h"
#include "lib/config/config.h"

/*
 * master.cf: the services, one logical line each, in the order of the file. Eight columns between
 * blanks; "-" stands for the default; a line that begins with a blank continues the one before it.
 * Of two lines with the same name and type the later counts, in the place of the earlier, and a
 * warning says so.
 *
 *	smtp  inet  n  -  n  -  100  smtpd -o smtpd_timeout=60s -o { smtpd_banner = two words }
 */
enum master_type {
	MASTER_INET,       /* TCP */
	MASTER_UNIX,       /* UNIX stream socket */
	MASTER_UNIX_DGRAM, /* UNIX datagram socket */
	MASTER_FIFO,       /* obsolete; served as MASTER_UNIX */
	MASTER_PASS,       /* UNIX stream socket that receives connected clients as descriptors */
};

enum master_column { /* of master_entry.columns: the text as written, "-" included */
	MASTER_COLUMN_NAME,
	MASTER_COLUMN_TYPE,
	MASTER_COLUMN_PRIVATE,
	MASTER_COLUMN_UNPRIVILEGED,
	MASTER_COLUMN_CHROOT,
	MASTER_COLUMN_WAKEUP,
	MASTER_COLUMN_PROCESS_LIMIT,
	MASTER_COLUMN_PROGRAM,
	MASTER_COLUMNS,
};

#define MASTER_LIMIT_DEFAULT (-1) /* $default_process_limit */

struct master_entry {
	const char *name; /* column 1; of a socket other than inet: its file name */
	enum master_type type;
	const char *host;  /* inet: before the last ':', without brackets; "": none given */
	const char *port;  /* inet: number or service name; other types: "" */
	bool is_private;   /* socket below private/, else public/ */
	bool unprivileged; /* runs without root's rights */
	bool chroot;
	int64_t wakeup;          /* ticks between wake-ups; 0: none */
	bool wakeup_when_used;   /* "300?": only once the service has been used */
	int64_t process_limit;   /* clients at once; 0: no limit; MASTER_LIMIT_DEFAULT */
	const char *program;     /* file in $daemon_directory; never holds a '/' */
	const char *const *args; /* of the program, in order, "{ }" removed; NULL at the end */
	size_t arg_count;
	const struct config_override *overrides; /* the -o among args, in order */
	size_t override_count;
	const char *columns[MASTER_COLUMNS];
	int line; /* in the file, from 1: of the entry's first line */
};

struct master_cf {
	struct arena arena; /* holds everything below */
	const struct master_entry *entries;
	size_t count;
};

/*
 * Reads `directory`/master.cf. Everything wrong is reported, with file and line; *out is then
 * untouched. Error: ERR_SYNTAX (something was wrong), or why the file cannot be read, -errno.
 */
MUST_USE int master_cf_load(
    const char *directory, struct master_cf *out, config_report *report, void *context);

/* As master_cf_load, from memory; `file` is the name in reports. */
MUST_USE int master_cf_parse(
    const char *file, struct str text, struct master_cf *out, config_report *report, void *context);

void master_cf_drop(struct master_cf *m);

/* "inet", "unix", … */
const char *master_type_name(enum master_type type);

/* By name and type, as "smtp", MASTER_INET; NULL: no such entry. */
const struct master_entry *master_cf_find(
    const struct master_cf *m, struct str name, enum master_type type);

#endif
