/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/mapper.h"

#include "lib/base/err.h"
#include "lib/config/param.h"

static const struct {
	enum param_id maps;
	enum param_id classes;  /* PARAM_COUNT: none */
	const char *propagates; /* its word in propagate_unmatched_extensions; NULL: none */
} rows[] = {
	[MAPPER_SENDER_CANONICAL] = { PARAM_sender_canonical_maps, PARAM_sender_canonical_classes,
	    "canonical" },
	[MAPPER_RECIPIENT_CANONICAL] = { PARAM_recipient_canonical_maps,
	    PARAM_recipient_canonical_classes, "canonical" },
	[MAPPER_CANONICAL] = { PARAM_canonical_maps, PARAM_canonical_classes, "canonical" },
	[MAPPER_VIRTUAL] = { PARAM_virtual_alias_maps, PARAM_COUNT, "virtual" },
	[MAPPER_SENDER_BCC] = { PARAM_sender_bcc_maps, PARAM_COUNT, NULL },
	[MAPPER_RECIPIENT_BCC] = { PARAM_recipient_bcc_maps, PARAM_COUNT, NULL },
};

static int
read_classes(const struct config *c, enum param_id id, unsigned *out, struct why *why)
{
	static const char *const names[] = { "envelope_sender", "envelope_recipient",
		"header_sender", "header_recipient" };
	struct config_list list = config_list(c, id);

	*out = 0;
	for (size_t i = 0; i < list.count; i++) {
		size_t bit = 0;

		while (bit < ARRAY_LEN(names) && strcmp(names[bit], list.items[i].p) != 0)
			bit++;
		if (bit == ARRAY_LEN(names)) {
			why_set(
			    why, "%s: unknown class \"%s\"", param_at(id)->name, list.items[i].p);
			return ERR_SYNTAX;
		}
		*out |= 1U << bit;
	}
	return 0;
}

static bool
propagates(const struct config *c, const char *word)
{
	struct config_list list = config_list(c, PARAM_propagate_unmatched_extensions);

	for (size_t i = 0; word != NULL && i < list.count; i++) {
		if (strcmp(list.items[i].p, word) == 0)
			return true;
	}
	return false;
}

static int
open_tables(struct mapper *m, const struct config *c, struct why *why)
{
	int result = 0;

	for (size_t i = 0; i < MAPPER_TABLES && result == 0; i++) {
		m->propagates[i] = propagates(c, rows[i].propagates);
		if (rows[i].classes != PARAM_COUNT)
			result = read_classes(c, rows[i].classes, &m->classes[i], why);
		if (result == 0)
			result = table_list_open(&m->tables[i], config_text(c, rows[i].maps),
			    TABLE_FOLD | TABLE_LATE, why);
	}
	return result;
}

static int
open_lists(struct mapper *m, const struct config *c, struct why *why)
{
	int result = read_classes(c, PARAM_masquerade_classes, &m->masquerade_classes, why);

	if (result < 0)
		return result;
	m->local_domains = match_list_open(c, PARAM_mydestination, MATCH_DOMAIN, why);
	m->masquerade_exceptions = match_list_open(c, PARAM_masquerade_exceptions, MATCH_TEXT, why);
	if (m->local_domains == NULL || m->masquerade_exceptions == NULL)
		return ERR_REFUSED;
	return own_addresses_open(&m->own, c, why);
}

int
mapper_open(struct mapper *m, const struct config *c, struct why *why)
{
	int result;

	*m = (struct mapper){
		.delimiters = config_text(c, PARAM_recipient_delimiter),
		.origin = str_of(config_text(c, PARAM_myorigin)),
		.masquerade = config_list(c, PARAM_masquerade_domains),
		.always_bcc = str_of(config_text(c, PARAM_always_bcc)),
		.null_recipient = str_of(config_text(c, PARAM_empty_address_recipient)),
		.expansion_max = (size_t)config_int(c, PARAM_virtual_alias_expansion_limit),
		.recursion_max = (size_t)config_int(c, PARAM_virtual_alias_recursion_limit),
		.address_max = (size_t)config_int(c, PARAM_virtual_alias_address_length_limit),
	};
	rewrite_rules_init(&m->rewrite, c);
	m->rewrites_remote = rewrite_rules_init_remote(&m->rewrite_remote, c);
	result = open_tables(m, c, why);
	if (result == 0)
		result = open_lists(m, c, why);
	if (result < 0)
		mapper_close(m);
	return result;
}

void
mapper_close(struct mapper *m)
{
	for (size_t i = 0; i < MAPPER_TABLES; i++)
		table_list_close(&m->tables[i]);
	match_list_close(m->local_domains);
	match_list_close(m->masquerade_exceptions);
	own_addresses_drop(&m->own);
	*m = (struct mapper){ .delimiters = "" };
}

const char *
mapper_table_name(enum mapper_table table)
{
	return param_at(rows[table].maps)->name;
}
