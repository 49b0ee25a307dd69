/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/dns/type.h"

#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/num.h"

static const struct {
	const char *name;
	unsigned number;
} rows[] = {
#define TYPE(name, number) { #name, number },
#include "lib/dns/type.def"
#undef TYPE
};

const char *
dns_type_name(unsigned type)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].number == type)
			return rows[i].name;
	}
	return NULL;
}

unsigned
dns_type_find(struct str name)
{
	const struct str generic = STR("TYPE"); /* RFC 3597, section 5 */
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_equal_nocase(name, str_of(rows[i].name)))
			return rows[i].number;
	}
	if (str_starts_nocase(name, generic) &&
	    num_parse(str_from(name, generic.n), UINT16_MAX, &number) == 0)
		return (unsigned)number;
	return 0;
}
