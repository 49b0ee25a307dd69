/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/ipc/submit_options.h"

#include "lib/base/err.h"

/* Some words are for others: lib/access, milters. */
static int
take_option(struct submit_options *o, const char *word)
{
	if (strcmp(word, "no_address_mappings") == 0)
		o->flags |= SUBMIT_NO_ADDRESS_MAPPINGS;
	else if (strcmp(word, "no_header_body_checks") == 0)
		o->flags |= SUBMIT_NO_HEADER_BODY_CHECKS;
	else if (strcmp(word, "no_unknown_recipient_checks") != 0 &&
	         strcmp(word, "no_milters") != 0)
		return ERR_SYNTAX;
	return 0;
}

int
submit_options_init(struct submit_options *o, const struct config *c, struct why *why)
{
	struct config_list words = config_list(c, PARAM_receive_override_options);

	*o = (struct submit_options){ .filter = str_of(config_text(c, PARAM_content_filter)) };
	for (size_t i = 0; i < words.count; i++) {
		if (take_option(o, words.items[i].p) < 0) {
			why_set(
			    why, "receive_override_options: \"%s\" is not known", words.items[i].p);
			return ERR_SYNTAX;
		}
	}
	if (o->filter.n != 0 && str_index(o->filter, ':') == o->filter.n) {
		why_set(why, "content_filter: \"%s\" is not transport:nexthop", o->filter.p);
		return ERR_SYNTAX;
	}
	return 0;
}
