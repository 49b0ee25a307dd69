/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/masquerade.h"

static bool
is_below(struct str domain, struct str above)
{
	return domain.n > above.n && domain.p[domain.n - above.n - 1] == '.' &&
	       str_ends_nocase(domain, above);
}

bool
masquerade_domain(struct config_list domains, struct str domain, struct str *out)
{
	for (size_t i = 0; i < domains.count; i++) {
		struct str item = domains.items[i];
		bool hides = true;

		for (; str_starts(item, STR("!")); item = str_from(item, 1))
			hides = !hides;
		if (item.n == 0)
			continue;
		if (str_equal_nocase(item, domain))
			return false;
		if (!is_below(domain, item))
			continue;
		*out = item;
		return hides;
	}
	return false;
}
