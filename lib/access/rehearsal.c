/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/access/rehearsal.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/table/match_list.h"

#define LOOKUP_TIMEOUT (10 * TICKS_SECOND)

static int
open_all(struct rehearsal *r, config_report *report, void *context, struct why *why)
{
	int result = own_addresses_open(&r->own, r->config, why);

	if (result < 0)
		return result;
	r->mynetworks = match_list_open(r->config, PARAM_mynetworks, MATCH_CLIENT, why);
	if (r->mynetworks == NULL)
		return ERR_TEMPORARY;
	r->router = router_new(r->config, why);
	if (r->router == NULL)
		return ERR_TEMPORARY;
	r->rules = access_rules_open(r->config, r->router, report, context, why);
	return r->rules != NULL ? 0 : ERR_SYNTAX;
}

int
rehearsal_open(struct rehearsal *r, const struct config *c, config_report *report, void *context,
    struct why *why)
{
	int result;

	*r = (struct rehearsal){ .config = c };
	result = open_all(r, report, context, why);
	if (result < 0)
		rehearsal_close(r);
	return result;
}

void
rehearsal_close(struct rehearsal *r)
{
	access_rules_close(r->rules);
	router_free(r->router);
	match_list_close(r->mynetworks);
	own_addresses_drop(&r->own);
	*r = (struct rehearsal){ .config = r->config };
}

/* A look-up that fails shows in the trail. */
static void
ignore_warning(void *context, const char *words)
{
	(void)context;
	(void)words;
}

static void
pass_note(void *context, const char *action, struct str words)
{
	const struct rehearsal_question *q = context;

	if (q->note != NULL)
		q->note(q->context, action, words);
}

static bool
is_own(const struct rehearsal *r, const char *address)
{
	bool is_v6 = str_index(str_of(address), ':') < strlen(address);
	AUTO(buf) literal = BUF_INIT(ADDRESS_DOMAIN_MAX);

	if (buf_addf(&literal, "[%s%s]", is_v6 ? "IPv6:" : "", address) < 0)
		return false;
	return own_addresses_have(&r->own, buf_str(&literal));
}

PARKS static void
set_client(struct rehearsal *r, const struct rehearsal_question *q, struct access_facts *f)
{
	struct why why;

	*f = (struct access_facts){
		.client_name = str_of(q->name),
		.reverse_name = str_of(q->name),
		.client_address = str_of(q->client),
		.is_own_host = is_own(r, q->client),
	};
	f->in_mynetworks = match_list_find_client(
	    r->mynetworks, STR_NONE, f->client_address, run_deadline(LOOKUP_TIMEOUT), &why);
}

/* The client says what it says, one command after the other. */
PARKS static bool
play(struct access *a, const struct rehearsal_question *q, struct reply *reply)
{
	struct access_facts *f = &a->facts;
	bool passes = access_connect(a, reply);

	if (passes && q->last >= REHEARSAL_HELO && q->helo != NULL) {
		f->helo = str_of(q->helo);
		passes = access_helo(a, reply);
	}
	if (passes && q->last >= REHEARSAL_MAIL) {
		f->has_sender = true;
		f->sender = f->sender_given = str_of(q->sender);
		passes = access_mail(a, reply);
	}
	if (passes && q->last >= REHEARSAL_RCPT) {
		f->has_recipient = true;
		f->recipient = f->recipient_given = str_of(q->recipient);
		passes = access_rcpt(a, reply);
	}
	f->recipient_count = 1;
	if (passes && q->last >= REHEARSAL_DATA)
		passes = access_data(a, reply);
	if (passes && q->last >= REHEARSAL_END)
		passes = access_end_of_data(a, reply);
	return passes;
}

bool
rehearsal_ask(struct rehearsal *r, const struct rehearsal_question *q, struct access_trail *trail,
    struct reply *reply)
{
	static const struct access_observer observer = { .note = pass_note,
		.warn = ignore_warning };
	struct rehearsal_question question = *q;
	struct access a;
	bool passes;

	access_init(&a, r->rules, &observer, &question);
	a.is_rehearsal = true;
	a.trail = trail;
	set_client(r, q, &a.facts);
	passes = play(&a, q, reply);
	access_drop(&a);
	return passes;
}
