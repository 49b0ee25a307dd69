/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -bv: where mail for an address would go now, on standard output; nothing is queued. Postfix mails a report
 * instead; as long as there are no reports here, this is the older form of the same answer. It has
 * the rights of the caller: what is in tables that it cannot read, it cannot tell.
 */
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/mail/recipients.h"
#include "lib/route/route.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "tools/sendmail.h"

#define ARENA_MAX ((size_t)64 * 1024 * 1024)
#define TIMEOUT   TICKS_MINUTE

struct verification {
	const struct config *config;
	struct recipients recipients;
	struct buf out;
	int status;
};

static void
say(struct verification *v, struct str address, const char *words, struct str text)
{
	if (buf_addf(&v->out, "%.*s... %s%.*s\n", STR_ARG(address), words, STR_ARG(text)) < 0)
		command_fail(EX_SOFTWARE, "too much to show");
}

static void
say_route(struct verification *v, struct str address, const struct route *route)
{
	AUTO(buf) text = BUF_INIT((size_t)8192);

	if (buf_addf(&text, "%s, next hop %s", buf_text(&route->transport),
	        buf_text(&route->nexthop)) < 0)
		buf_clear(&text);
	say(v, address, "deliverable: transport ", buf_str(&text));
}

/* 1: there is such a recipient, or nothing says that there is not. */
PARKS static int
find(struct router *router, const struct address *a, struct route *route, struct why *why)
{
	enum route_class class_;
	int result = route_recipient_exists(router, a, &class_, run_deadline(TIMEOUT), why);

	if (result > 0 && route_resolve(router, a, route, run_deadline(TIMEOUT), why) < 0)
		return ERR_TIMEOUT;
	return result;
}

PARKS static void
verify(struct verification *v, struct router *router, const struct address *a)
{
	AUTO(buf) address = BUF_INIT(ADDRESS_MAX);
	AUTO(route) route;
	struct why why = WHY_INIT;
	int result;

	route_init(&route);
	if (address_add_internal(a, &address) < 0)
		command_fail(EX_DATAERR, "an address is longer than %d bytes", ADDRESS_MAX);
	result = find(router, a, &route, &why);
	if (result > 0) {
		say_route(v, buf_str(&address), &route);
		return;
	}
	say(v, buf_str(&address), result == 0 ? "User unknown" : "cannot be found out: ",
	    result == 0 ? STR_NONE : str_of(why.text));
	if (v->status == EX_OK || result < 0)
		v->status = result == 0 ? EX_NOUSER : EX_TEMPFAIL;
}

PARKS static void
verify_all(void *arg)
{
	struct verification *v = arg;
	struct why why;
	struct router *router = router_new(v->config, &why);

	if (router == NULL)
		command_fail(EX_TEMPFAIL, "%s", why.text);
	for (size_t i = 0; i < v->recipients.count; i++)
		verify(v, router, &v->recipients.items[i]);
	router_free(router);
}

static void
take_recipients(struct verification *v, const struct sendmail_options *o, struct arena *arena)
{
	recipients_init(&v->recipients, arena, 1000);
	for (size_t i = 0; o->recipients[i] != NULL; i++) {
		if (recipients_add_list(&v->recipients, str_of(o->recipients[i])) < 0)
			command_fail(EX_USAGE, "bad address in \"%s\"", o->recipients[i]);
	}
	if (v->recipients.count == 0)
		command_fail(EX_USAGE, "-bv: no address is given");
}

int
sendmail_verify(const struct sendmail_options *o, const struct config *c)
{
	struct arena arena = ARENA_INIT(ARENA_MAX);
	struct verification v = {
		.config = c, .out = BUF_INIT((size_t)4 * 1024 * 1024), .status = EX_OK
	};
	int result;

	take_recipients(&v, o, &arena);
	result = run_init(&(struct run_options){ .simulated = false });
	if (result == 0) {
		result = run_main(verify_all, &v);
		run_drop();
	}
	if (result < 0)
		command_fail(EX_OSERR, "cannot start: %s", err_text(result));
	command_print(buf_str(&v.out));
	recipients_drop(&v.recipients);
	buf_drop(&v.out);
	arena_drop(&arena);
	return v.status;
}
