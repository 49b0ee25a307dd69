/* SPDX-License-Identifier: BSD-2-Clause */
/* cidr:/file and cidr:{{ network result }, …}: results by IP address. See rule_set.h. */
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/table/network.h"
#include "lib/table/rule_set.h"
#include "lib/table/table_type.h"

struct cidr_table {
	struct table table;
	struct rule_set rules;
};

static int
take_network(struct arena *a, struct str *text, void **pattern, struct why *why)
{
	struct network *n = ARENA_NEW(a, struct network);
	struct str word;

	if (!str_word(text, " \t\r\n", &word)) {
		why_set(why, "a network is expected");
		return ERR_SYNTAX;
	}
	*pattern = n;
	return network_parse(word, n, why);
}

static int
match_network(const struct rule *r, void *subject)
{
	return network_contains(r->pattern, subject);
}

static const struct rule_type cidr_rules = {
	.take_pattern = take_network,
	.match = match_network,
};

static struct table *
open_cidr(const char *rest, unsigned flags, struct why *why)
{
	struct cidr_table *t = NEW(struct cidr_table);

	(void)flags;
	if (rule_set_load(&t->rules, &cidr_rules, rest, why) < 0) {
		mem_free(t);
		return NULL;
	}
	return &t->table;
}

static int
find_cidr(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct cidr_table *c = CONTAINER_OF(t, struct cidr_table, table);
	const struct rule *found;
	struct network address;
	int result;

	(void)deadline;
	if (!network_parse_address(key, &address))
		return 0;
	result = rule_set_find(&c->rules, &address, &found);
	if (result > 0 && buf_add(value, found->result) < 0) {
		why_set(why, "the result for %.*s is too long", STR_ARG(key));
		return ERR_TOO_LONG;
	}
	return result;
}

static void
close_cidr(struct table *t)
{
	struct cidr_table *c = CONTAINER_OF(t, struct cidr_table, table);

	rule_set_drop(&c->rules);
	mem_free(c);
}

const struct table_type table_type_cidr = {
	.name = "cidr",
	.is_text = true,
	.is_pattern = true,
	.open = open_cidr,
	.find = find_cidr,
	.close = close_cidr,
};
