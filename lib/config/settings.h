/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_SETTINGS_H
#define LIB_CONFIG_SETTINGS_H

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/config/config.h"
#include "lib/config/param.h"

/*
 * Names and what they are set to, before anything is checked: the defaults of all parameters,
 * main.cf and the files of main.cf.d over them, -o overrides over that. Programs use config.h; this is for those that show,
 * edit or judge a configuration (postconf, postroad check).
 *
 * Each name is expanded once, when first asked for: a name that is reached again while its own
 * expansion is under way is a loop.
 */
enum setting_origin {
	SETTING_DEFAULT,
	SETTING_FILE,     /* main.cf, or a file of main.cf.d */
	SETTING_OVERRIDE, /* -o */
};

struct setting {
	const char *name;
	enum param_id id; /* its row, or its family's; PARAM_COUNT: user-defined */
	bool is_member;   /* of a family: "smtp_time_limit", where id is transport_time_limit */
	enum setting_origin origin;
	const char *file;      /* its path, of SETTING_FILE */
	int line;              /* in that file */
	const char *raw;       /* as written, without blanks at both ends; NULL: computed default */
	struct setting *under; /* what this one replaces; NULL: nothing */
	size_t index;          /* in settings.order */
	enum {
		SETTING_NEW,
		SETTING_BUSY, /* being expanded */
		SETTING_DONE,
		SETTING_FAILED,
	} state;
	struct str text; /* SETTING_DONE: expanded; also a C string */
};

struct settings {
	struct arena arena;
	struct map names;       /* name -> struct setting */
	struct setting **order; /* rows of param.def, then other names in the order they came */
	size_t count, room;
	const char *directory; /* of main.cf */
	const char *file;      /* path of main.cf, or of the file that is being read */
	const char *program;
	const char *service;
	size_t expanded; /* bytes of all expansions */
	int depth;       /* names under expansion */
};

#define SETTINGS_TEXT_MAX  ((size_t)1024 * 1024)      /* one value */
#define SETTINGS_TOTAL_MAX ((size_t)16 * 1024 * 1024) /* all values */
#define SETTINGS_DEPTH_MAX 100                        /* names that refer to names */

/* The defaults. Borrows directory, program and service (each may be NULL). */
void settings_init(struct settings *s, const struct config_source *source);
void settings_drop(struct settings *s);

/*
 * Reads main.cf and main.cf.d (files.h). What is wrong with lines is reported, and the other lines still count. Error:
 * ERR_SYNTAX (after a report), or -errno (reported too).
 */
MUST_USE int settings_read(struct settings *s, config_report *report, void *context);
MUST_USE int settings_read_text(
    struct settings *s, struct str text, config_report *report, void *context);

/*
 * -o name=value; has no effect on what is read-only. Error: ERR_SYNTAX, with words: the name cannot
 * be one.
 */
MUST_USE int settings_override(
    struct settings *s, const char *name, const char *value, struct why *why);

/* The family's default under the name that it has for one member, unless that is set or a row. */
void settings_add_member(struct settings *s, enum param_id family, struct str member);

struct setting *settings_find(const struct settings *s, struct str name);

/* setting->text. Error, with words: as of expand(); ERR_LOOP. */
MUST_USE int settings_expand(struct settings *s, struct setting *setting, struct why *why);

/* The value of a name that is needed for another: empty where there is none. */
MUST_USE int settings_text(struct settings *s, struct str name, struct str *text, struct why *why);

/* "/etc/postroad/main.cf, line 3", "-o smtpd_timeout", "default of smtpd_timeout". */
void settings_where(const struct setting *setting, struct why *out);

#endif
