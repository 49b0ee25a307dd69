/* SPDX-License-Identifier: BSD-2-Clause */
#include "qmgr/builtin.h"

#include "lib/mail/dsn.h"

/* "5.1.1 words": the code where it is of the right class, else `usual`. Both borrow from words. */
static void
split_words(struct str words, struct str usual, struct message_outcome *out)
{
	struct str rest = words;
	struct dsn dsn;

	out->dsn = usual;
	out->text = words;
	if (!dsn_take(&rest, &dsn) || dsn.text[0] != usual.p[0])
		return;
	out->dsn = str_part(words, 0, str_of(dsn.text).n);
	out->text = rest;
}

bool
builtin_outcome(struct str transport, struct str nexthop, struct message_outcome *out)
{
	if (str_equal(transport, STR("discard"))) {
		out->status = OUTCOME_DELIVERED;
		out->dsn = STR("2.0.0");
		out->text = nexthop.n != 0 ? nexthop : STR("discarded");
	} else if (str_equal(transport, STR("error"))) {
		out->status = OUTCOME_BOUNCED;
		split_words(nexthop, STR("5.0.0"), out);
	} else if (str_equal(transport, STR("retry"))) {
		out->status = OUTCOME_DEFERRED;
		split_words(nexthop, STR("4.0.0"), out);
	} else {
		return false;
	}
	return true;
}
