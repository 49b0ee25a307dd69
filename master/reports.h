/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_REPORTS_H
#define MASTER_REPORTS_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/list.h"

/*
 * What reading the configuration had to say, kept until there is somebody to say it to: at start the
 * log is opened only by what was read, and at a reload the reader works on another thread.
 */
struct reports {
	struct arena arena;
	struct list lines;
};

void reports_init(struct reports *r);
void reports_drop(struct reports *r);
void reports_add(void *reports, bool is_error, const char *text); /* a config_report */

void reports_print(const struct reports *r); /* to standard error */
void reports_log(const struct reports *r);
MUST_USE int reports_text(const struct reports *r, struct buf *out); /* "error: …", a line each */

#endif
