/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/route/rewrite.h"

void
rewrite_rules_init(struct rewrite_rules *r, const struct config *c)
{
	*r = (struct rewrite_rules){
		.swap_bangpath = config_bool(c, PARAM_swap_bangpath),
		.percent_hack = config_bool(c, PARAM_allow_percent_hack),
	};
	if (config_bool(c, PARAM_append_at_myorigin))
		r->origin = str_of(config_text(c, PARAM_myorigin));
	if (config_bool(c, PARAM_append_dot_mydomain))
		r->domain = str_of(config_text(c, PARAM_mydomain));
}

bool
rewrite_rules_init_remote(struct rewrite_rules *r, const struct config *c)
{
	struct str domain = str_of(config_text(c, PARAM_remote_header_rewrite_domain));

	rewrite_rules_init(r, c);
	if (r->origin.n != 0)
		r->origin = domain;
	if (r->domain.n != 0)
		r->domain = domain;
	return domain.n != 0;
}

/* The parts change places only where both make an address. */
static bool
set_parts(struct address *a, struct str local, struct str domain)
{
	if (local.n == 0 || !domain_is_valid(domain))
		return false;
	a->local = local;
	a->domain = domain;
	return true;
}

static bool
swap_bangpath(const struct rewrite_rules *r, struct address *a)
{
	size_t bang = str_index(a->local, '!');

	return r->swap_bangpath && bang < a->local.n &&
	       set_parts(a, str_from(a->local, bang + 1), str_part(a->local, 0, bang));
}

static bool
move_percent(const struct rewrite_rules *r, struct address *a)
{
	size_t percent = str_rindex(a->local, '%');

	return r->percent_hack && percent < a->local.n &&
	       set_parts(a, str_part(a->local, 0, percent), str_from(a->local, percent + 1));
}

static bool
find_domain(const struct rewrite_rules *r, struct address *a)
{
	if (swap_bangpath(r, a) || move_percent(r, a))
		return true;
	a->domain = r->origin;
	return r->origin.n != 0;
}

bool
rewrite_address(const struct rewrite_rules *r, const struct address *a, struct arena *arena,
    struct address *out)
{
	struct address made = *a;
	bool changed = false;

	*out = *a;
	if (address_is_null(a))
		return false;
	if (made.domain.n == 0)
		changed = find_domain(r, &made);
	if (r->domain.n != 0 && made.domain.n != 0 && made.domain.p[0] != '[' &&
	    str_index(made.domain, '.') == made.domain.n) {
		made.domain = str_of(
		    arena_printf(arena, "%.*s.%.*s", STR_ARG(made.domain), STR_ARG(r->domain)));
		changed = true;
	}
	*out = made;
	return changed;
}
