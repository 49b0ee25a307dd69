/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVICES_RESOLVER_UPSTREAM_H
#define SERVICES_RESOLVER_UPSTREAM_H

#include <unbound.h>

#include "lib/base/str.h"
#include "lib/base/why.h"
#include "lib/run/task.h"
#include "lib/run/watch.h"

/*
 * The name servers that are asked, and libunbound's cache and validator in front of them. What it was
 * made with cannot be changed: other servers need another upstream.
 */
struct upstream_options {
	const struct str *servers; /* "192.0.2.1", "[2001:db8::1]:5353"; none: from the root on */
	size_t server_count;
	const char *resolv_conf;  /* with the servers in it, instead; NULL: as above */
	const char *hosts;        /* names of its own, like /etc/hosts; NULL: none */
	const char *trust_anchor; /* file; NULL: nothing is validated */
};

struct upstream {
	struct ub_ctx *context;
	struct watch watch;
	struct group reader; /* of one task */
	unsigned users;      /* questions in flight; the owner counts them */
};

/* Nothing is asked yet. NULL: why. */
PARKS MUST_USE struct upstream *upstream_new(const struct upstream_options *o, struct why *why);

/* Only when nothing is in flight. */
PARKS void upstream_free(struct upstream *u);

/*
 * Asks. 0: *result, for ub_resolve_free(), which may say that it failed. Error, with words:
 * ERR_TIMEOUT, ERR_CANCELLED, ERR_TEMPORARY. name: a valid one (dns_name_is_valid), NUL-terminated.
 */
PARKS MUST_USE int upstream_ask(struct upstream *u, const char *name, unsigned type,
    struct ub_result **result, int64_t deadline, struct why *why);

#endif
