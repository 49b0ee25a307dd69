/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_POSTCONF_H
#define TOOLS_POSTCONF_H

#include "lib/base/buf.h"
#include "lib/config/check.h"

enum postconf_edit { /* what is to be done with what is named */
	POSTCONF_SHOW,
	POSTCONF_SET,     /* -e, or name=value */
	POSTCONF_REMOVE,  /* -X */
	POSTCONF_COMMENT, /* -# */
};

enum postconf_class { /* -C: which parameters are shown */
	POSTCONF_BUILTIN = 1 << 0,
	POSTCONF_SERVICE = 1 << 1, /* of families, for the services of master.cf */
	POSTCONF_USER = 1 << 2,
	POSTCONF_ALL = POSTCONF_BUILTIN | POSTCONF_SERVICE | POSTCONF_USER,
};

/* What postconf was asked to do, and how to show it. */
struct postconf {
	const char *directory;
	const char *const *names; /* arguments after the options */
	size_t count;
	struct config_override *overrides; /* -o */
	size_t override_count;
	struct arena arena; /* holds them */
	unsigned classes;   /* -C */
	enum postconf_edit edit;
	bool defaults;    /* -d */
	bool set_only;    /* -n */
	bool hide_names;  /* -h */
	bool hide_values; /* -H */
	bool expanded;    /* -x */
	bool folded;      /* -f */
	bool json;        /* -j */
	bool origin;      /* -O: where each value comes from */
	bool all_params;  /* -PP: also what the service has from main.cf */
	bool quiet;       /* -q */
};

/* main.cf: shown, or changed. Each answers the exit status. */
int postconf_main(const struct postconf *p);

/* master.cf, shown or changed: entries (-M), their fields (-F), their -o (-P). */
int postconf_services(const struct postconf *p);
int postconf_fields(const struct postconf *p);
int postconf_overrides(const struct postconf *p);

/* The parameter manual, in mdoc. */
int postconf_print_manual(void);

/* Reads the settings, as -c, -d and -o say; ends the program when they cannot be read. */
void postconf_read(const struct postconf *p, struct settings *s);

/* What the setting has, as -d and -x ask for; ends the program when it cannot be expanded. */
const char *postconf_value(const struct postconf *p, struct settings *s, struct setting *setting);

/* --- Output (postconf_show.c) ----------------------------------------------------------------- */

#define POSTCONF_OUTPUT_MAX ((size_t)64 * 1024 * 1024)

/* All end the program when there is more than that. */
void postconf_add(struct buf *out, struct str text);

/* "name = value", the way -h, -H, -f, -j and -O ask for; where: empty, or the value's origin. */
void postconf_add_line(const struct postconf *p, struct buf *out, const char *name,
    const char *value, const char *where);

/* Shows what of the settings is asked for. */
void postconf_add_settings(const struct postconf *p, struct settings *s, struct buf *out);

/* Tells what is most likely a mistake in either file, unless -q. */
void postconf_warn(const struct postconf *p, const struct settings *s);

#endif
