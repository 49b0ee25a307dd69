/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/outcome_filter.h"

#include "lib/mail/dsn.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

#define LOOK_UP_MAX (60 * TICKS_SECOND)

static void
replace(struct outcome *o, struct str value)
{
	struct str text = value;
	struct dsn dsn;

	if (!dsn_take(&text, &dsn))
		log_warning(
		    "delivery status filter: \"%.*s\" is no status code and text", STR_ARG(value));
	else if ((dsn_class(&dsn) == 2) != (o->dsn[0] == '2'))
		log_warning("delivery status filter: \"%s %s\" cannot become \"%.*s\"", o->dsn,
		    o->text, STR_ARG(value));
	else
		outcome_set(o, dsn.text, "%.*s", STR_ARG(text));
}

void
outcome_filter(struct table_list *tables, struct outcome *o)
{
	AUTO(buf) key = BUF_INIT(sizeof(o->dsn) + sizeof(o->text));
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	struct why why = WHY_INIT;
	int result = buf_addf(&key, "%s %s", o->dsn, o->text);

	if (result == 0)
		result =
		    table_list_find(tables, buf_str(&key), &value, run_deadline(LOOK_UP_MAX), &why);
	if (result > 0)
		replace(o, buf_str(&value));
	if (result < 0)
		log_warning("delivery status filter: %s", why.text);
}
