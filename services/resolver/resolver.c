/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether answers can be validated depends on the name servers: many that a network hands out drop the
 * signatures, and then nearly every signed name would look forged. So, where resolver_dnssec is `auto`,
 * the root's own keys are asked for first, which every honest way to DNS can deliver: if they come
 * broken, that is said, and this upstream does without validation.
 *
 * The files are looked at when a question comes, at most every LOOK_PERIOD.
 */
#include "services/resolver/resolver.h"

#include "lib/base/err.h"
#include "lib/dns/type.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

#define LOOK_PERIOD   (2 * TICKS_SECOND)
#define PROBE_TIMEOUT (5 * TICKS_SECOND)

static struct stamp
stamp_of(const char *path)
{
	struct stamp s = { .is_there = false };
	struct file_info info;

	if (path != NULL && sys_info(path, &info) == 0)
		s = (struct stamp){ true, info.inode, info.size, info.changed };
	return s;
}

static bool
stamps_differ(const struct stamp *a, const struct stamp *b)
{
	return a->is_there != b->is_there || a->inode != b->inode || a->size != b->size ||
	       a->changed != b->changed;
}

/* True: some file is another than it was. */
static bool
look(struct resolver *r)
{
	struct stamp resolv_conf = stamp_of(r->options.resolv_conf);
	struct stamp hosts = stamp_of(r->options.hosts);
	struct stamp anchor = stamp_of(r->options.trust_anchor);
	bool changed = stamps_differ(&resolv_conf, &r->resolv_conf) ||
	               stamps_differ(&hosts, &r->hosts) || stamps_differ(&anchor, &r->anchor);

	r->resolv_conf = resolv_conf;
	r->hosts = hosts;
	r->anchor = anchor;
	r->next_look = run_deadline(LOOK_PERIOD);
	return changed;
}

/* --- Making an upstream ---------------------------------------------------------------------- */

/* False: what ought to be signed comes without good signatures. True where nothing comes at all. */
PARKS static bool
passes_signatures(struct upstream *u)
{
	struct ub_result *keys = NULL;
	struct why why = WHY_INIT;
	bool passes;

	if (upstream_ask(u, ".", DNS_DNSKEY, &keys, run_deadline(PROBE_TIMEOUT), &why) < 0)
		return true;
	passes = !keys->bogus;
	ub_resolve_free(keys);
	return passes;
}

PARKS static struct upstream *
make(struct resolver *r, struct why *why)
{
	struct upstream_options o = r->options;
	struct upstream *u;

	if (!r->may_validate) {
		o.trust_anchor = NULL;
	} else if (!r->anchor.is_there && !r->needs_validation) {
		log_warning("%s is not there: DNS answers are not validated", o.trust_anchor);
		o.trust_anchor = NULL;
	}
	u = upstream_new(&o, why);
	if (u == NULL || o.trust_anchor == NULL || r->needs_validation || passes_signatures(u))
		return u;
	log_warning("the name servers do not pass on the signatures of DNSSEC: "
	            "DNS answers are not validated");
	upstream_free(u);
	o.trust_anchor = NULL;
	return upstream_new(&o, why);
}

/* Puts a new upstream in the place of the current one, which goes at once or with its last user. */
PARKS static int
replace(struct resolver *r, struct why *why)
{
	struct upstream *old, *u;

	r->is_making = true;
	u = make(r, why);
	r->is_making = false;
	cond_broadcast(&r->made);
	if (u == NULL)
		return ERR_TEMPORARY;
	old = r->current;
	r->current = u;
	if (old != NULL && old->users == 0)
		upstream_free(old);
	return 0;
}

/* Where the files have changed, or there is no upstream yet. Without a new one the old one serves. */
PARKS static int
refresh(struct resolver *r, struct why *why)
{
	int result = 0;

	while (r->is_making && r->current == NULL && result == 0)
		result = cond_wait(&r->made, run_deadline(r->timeout));
	if (result < 0) {
		why_set(why, "the resolver is not ready");
		return result;
	}
	if (r->is_making || (r->current != NULL && run_now() < r->next_look))
		return 0;
	if (!look(r) && r->current != NULL)
		return 0;
	result = replace(r, why);
	if (result < 0 && r->current != NULL) {
		log_warning("the name servers of before are kept: %s", why->text);
		result = 0;
	}
	return result;
}

/* --- The resolver ---------------------------------------------------------------------------- */

/* resolver_servers: "system", "recurse", or addresses. */
static void
set_servers(struct resolver *r, const struct config *c)
{
	r->servers = config_list(c, PARAM_resolver_servers);
	if (r->servers.count == 1 && str_equal(r->servers.items[0], STR("system"))) {
		r->options.resolv_conf = config_text(c, PARAM_resolver_resolv_conf);
	} else if (r->servers.count != 1 || !str_equal(r->servers.items[0], STR("recurse"))) {
		r->options.servers = r->servers.items;
		r->options.server_count = r->servers.count;
	}
}

int
resolver_init(struct resolver *r, const struct config *c, struct why *why)
{
	const char *hosts = config_text(c, PARAM_resolver_hosts_file);
	struct str dnssec = str_of(config_text(c, PARAM_resolver_dnssec));

	*r = (struct resolver){
		.needs_validation = str_equal(dnssec, STR("yes")),
		.may_validate = !str_equal(dnssec, STR("no")),
		.timeout = config_time(c, PARAM_resolver_timeout),
		.options.hosts = hosts[0] != '\0' ? hosts : NULL,
		.options.trust_anchor = config_text(c, PARAM_resolver_trust_anchor_file),
	};
	set_servers(r, c);
	cond_init(&r->made);
	if (r->servers.count == 0) {
		why_set(why, "resolver_servers is empty");
		return ERR_SYNTAX;
	}
	return 0;
}

int
resolver_open(struct resolver *r, struct why *why)
{
	return refresh(r, why);
}

void
resolver_close(struct resolver *r)
{
	if (r->current != NULL)
		upstream_free(r->current);
	r->current = NULL;
}

int
resolver_ask(
    struct resolver *r, const char *name, unsigned type, struct ub_result **result, struct why *why)
{
	struct upstream *u;
	int n = refresh(r, why);

	if (n < 0)
		return n;
	u = r->current;
	u->users++;
	n = upstream_ask(u, name, type, result, run_deadline(r->timeout), why);
	u->users--;
	if (u->users == 0 && u != r->current)
		upstream_free(u);
	return n;
}
