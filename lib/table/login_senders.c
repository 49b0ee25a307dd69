/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/login_senders.h"

#include "lib/base/mem.h"
#include "lib/mail/address.h"
#include "lib/table/table.h"

#define EVERYTHING "static:*"

struct login_senders {
	struct table_list tables;
	bool allow_all;
	const char *delimiters;
	struct str null_sender; /* the pattern that stands for it */
};

struct login_senders *
login_senders_open(const struct config *c, struct why *why)
{
	const char *names = config_text(c, PARAM_local_login_sender_maps);
	struct login_senders *l = NEW(struct login_senders);

	l->allow_all = strcmp(names, EVERYTHING) == 0;
	l->delimiters = config_text(c, PARAM_recipient_delimiter);
	l->null_sender =
	    str_of(config_text(c, PARAM_empty_address_local_login_sender_maps_lookup_key));
	if (table_list_open(&l->tables, names, TABLE_FOLD, why) == 0)
		return l;
	mem_free(l);
	return NULL;
}

void
login_senders_close(struct login_senders *l)
{
	if (l == NULL)
		return;
	table_list_close(&l->tables);
	mem_free(l);
}

bool
login_senders_allow_all(const struct login_senders *l)
{
	return l == NULL || l->allow_all;
}

/* "user+ext@domain" is also "user@domain". */
static bool
matches_address(const struct login_senders *l, struct str pattern, struct str sender)
{
	struct address allowed = address_from_internal(pattern);
	struct address a = address_from_internal(sender);
	struct str base, extension;

	if (!str_equal_nocase(allowed.domain, a.domain))
		return false;
	if (str_equal_nocase(allowed.local, a.local))
		return true;
	return address_split_extension(a.local, l->delimiters, &base, &extension) &&
	       str_equal_nocase(allowed.local, base);
}

static bool
matches(const struct login_senders *l, struct str pattern, struct str sender)
{
	if (str_equal(pattern, STR("*")))
		return true;
	if (sender.n == 0)
		return str_equal(pattern, l->null_sender);
	if (pattern.p[0] == '@')
		return str_equal_nocase(str_from(pattern, 1), address_from_internal(sender).domain);
	return matches_address(l, pattern, sender);
}

int
login_senders_find(const struct login_senders *l, struct str login, struct str sender,
    int64_t deadline, struct why *why)
{
	AUTO(buf) patterns = BUF_INIT(TABLE_VALUE_MAX);
	struct table_list tables;
	struct str rest, pattern;
	int result;

	if (login_senders_allow_all(l))
		return 1;
	tables = l->tables;
	result = table_list_find(&tables, login, &patterns, deadline, why);
	rest = buf_str(&patterns);
	while (result > 0 && str_word(&rest, ", \t\r\n", &pattern)) {
		if (matches(l, pattern, sender))
			return 1;
	}
	return result < 0 ? result : 0;
}
