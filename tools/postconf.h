/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_POSTCONF_H
#define TOOLS_POSTCONF_H

#include "lib/base/buf.h"
#include "lib/config/check.h"

/* What postconf was asked to do, and how to show it. */
struct postconf {
	const char *directory;
	const char *const *names; /* arguments after the options */
	size_t count;
	struct config_override *overrides; /* -o */
	size_t override_count;
	struct arena arena; /* holds them */
	bool defaults;      /* -d */
	bool set_only;      /* -n */
	bool hide_names;    /* -h */
	bool hide_values;   /* -H */
	bool expanded;      /* -x */
	bool folded;        /* -f */
	bool quiet;         /* -q */
};

/* main.cf: show, and change (-e, -X, -#). Answers the exit status. */
int postconf_show(const struct postconf *p);
int postconf_edit(const struct postconf *p, bool remove, bool comment);

/* master.cf: entries (-M), their fields (-F), their -o (-P). */
int postconf_show_services(const struct postconf *p);
int postconf_show_fields(const struct postconf *p);
int postconf_show_overrides(const struct postconf *p);

/* The parameter manual, in mdoc. */
int postconf_print_manual(void);

/* Adds "name = value", the way -h, -H and -f ask for. */
void postconf_add_line(
    const struct postconf *p, struct buf *out, const char *name, const char *value);

#endif
