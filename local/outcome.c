/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/outcome.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/err.h"

static enum outcome_status
status_of(const char *dsn)
{
	switch (dsn[0]) {
	case '2':
		return OUTCOME_DELIVERED;
	case '5':
		return OUTCOME_BOUNCED;
	case '4':
	default:
		return OUTCOME_DEFERRED;
	}
}

void
outcome_set(struct outcome *o, const char *dsn, const char *format, ...)
{
	va_list ap;

	o->status = status_of(dsn);
	snprintf(o->dsn, sizeof(o->dsn), "%s", dsn);
	va_start(ap, format);
	vsnprintf(o->text, sizeof(o->text), format, ap);
	va_end(ap);
}

void
outcome_pass(struct outcome *o, struct str transport)
{
	o->status = OUTCOME_PASSED;
	snprintf(o->dsn, sizeof(o->dsn), "2.0.0");
	snprintf(o->text, sizeof(o->text), "%.*s", STR_ARG(transport));
}

void
outcome_take(struct outcome *o, uint32_t status, struct str dsn, struct str text)
{
	if (status < OUTCOME_DELIVERED || status > OUTCOME_BOUNCED || dsn.n == 0) {
		outcome_set(o, "4.3.0", "the delivery process gave a wrong answer");
		return;
	}
	o->status = (enum outcome_status)status;
	snprintf(o->dsn, sizeof(o->dsn), "%.*s", STR_ARG(dsn));
	snprintf(o->text, sizeof(o->text), "%.*s", STR_ARG(text));
}

void
outcome_of_failure(struct outcome *o, const char *what, const char *path, int code)
{
	const char *dsn = "4.2.0";

	if (code == -EDQUOT || code == -EFBIG)
		dsn = "4.2.2";
	else if (code == -ENOSPC)
		dsn = "4.3.1";
	else if (code == -EMFILE || code == -ENFILE || code == -ENOMEM || code == -EIO)
		dsn = "4.3.0";
	outcome_set(o, dsn, "%s %s: %s", what, path, err_text(code));
}

const char *
outcome_status_name(const struct outcome *o)
{
	switch (o->status) {
	case OUTCOME_DELIVERED:
		return "sent";
	case OUTCOME_BOUNCED:
		return "bounced";
	case OUTCOME_DEFERRED:
	default:
		return "deferred";
	}
}
