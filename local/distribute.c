/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An alias may lead to mailboxes here and to addresses elsewhere, and each of them can fail by
 * itself; but the queue knows only the one recipient that it gave us, and would try that again. So
 * that the full disk of one does not send the message to all the others once more, a target is handed
 * to a new message of its own: what lies elsewhere at once, and a mailbox that was deferred as soon
 * as any other target has the message. What can fail for everybody, cleanup, comes first, while
 * nothing has happened yet.
 *
 * A mailbox whose name is also that of an alias ("bob: bob, bob@elsewhere") cannot be handed on: its
 * new message would go through the alias again.
 */
#include "local/distribute.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "local/forward.h"
#include "local/mailbox_agent.h"

#define EXPAND_MAX (60 * TICKS_SECOND)

struct distribution {
	const struct distributor *distributor;
	struct request *request;
	const struct message_recipient *recipient;
	struct str original; /* as first given */
	struct alias_expansion expansion;
	struct outcome *out; /* what the queue manager will hear; dsn is empty: nothing yet */
	bool any_done;       /* a target has the message, or has refused it for good */
};

/* --- Outcomes ------------------------------------------------------------------------------ */

/* Deferred counts most, since it will be tried again; then bounced. */
static unsigned
weight(const struct outcome *o)
{
	if (o->dsn[0] == '\0')
		return 0;
	return o->status == OUTCOME_DEFERRED ? 3 : o->status == OUTCOME_BOUNCED ? 2 : 1;
}

static void
combine(struct distribution *d, const struct outcome *o)
{
	if (weight(o) > weight(d->out))
		*d->out = *o;
	d->any_done = d->any_done || o->status != OUTCOME_DEFERRED;
}

static void
log_target(const struct distribution *d, struct str to, const struct outcome *o)
{
	request_log(d->request, "local", to, d->original, o);
}

static void
conclude(struct distribution *d, const struct outcome *o)
{
	combine(d, o);
	log_target(d, d->recipient->address, o);
}

/* --- Addresses ----------------------------------------------------------------------------- */

static struct str
text_of(struct distribution *d, const struct address *a)
{
	AUTO(buf) text = BUF_INIT(2 * ADDRESS_MAX);

	BUG_ON(address_add_internal(a, &text) < 0); /* alias_expand() saw to that */
	return arena_str(&d->expansion.arena, buf_str(&text));
}

/* A report has no sender, and whoever passes it on may not give it one. RFC 5321, 4.5.5. */
static struct str
sender_for(struct distribution *d, const struct alias_result *r)
{
	struct str sender = d->request->deliver.sender;

	return sender.n == 0 || address_is_null(&r->owner) ? sender : text_of(d, &r->owner);
}

/* --- New messages -------------------------------------------------------------------------- */

/* Mailboxes of an alias with an owner too: he is to hear of their failures, not the sender. */
static bool
goes_elsewhere(const struct alias_result *r)
{
	if (r->state != ALIAS_OPEN)
		return false;
	return !r->is_local || (!address_is_null(&r->owner) && !r->is_alias);
}

static bool
was_deferred(const struct alias_result *r)
{
	return r->state == ALIAS_DEFERRED;
}

/* The results from `first` on that are wanted and have this sender, which are then done. */
static uint32_t
take_results(struct distribution *d, struct list *first,
    bool (*wanted)(const struct alias_result *r), struct str sender,
    struct message_recipient *recipients)
{
	uint32_t count = 0;

	for (struct list *it = first; it != &d->expansion.results; it = it->next) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);

		if (!wanted(r) || !str_equal(sender_for(d, r), sender))
			continue;
		r->state = ALIAS_DONE;
		recipients[count++] = (struct message_recipient){
			.address = text_of(d, &r->address),
			.original = d->original,
			.notify = d->recipient->notify,
		};
	}
	return count;
}

/* A new message for each sender there is. False: it was deferred. */
PARKS static bool
forward_results(struct distribution *d, bool (*wanted)(const struct alias_result *r))
{
	struct forward f = { .request = d->request, .delivered_to = d->recipient->address };
	struct alias_expansion *x = &d->expansion;
	struct message_recipient *recipients =
	    ARENA_ARRAY(&x->arena, struct message_recipient, x->count);

	f.recipients = recipients;
	LIST_EACH (it, &x->results) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);
		struct outcome out;

		if (!wanted(r))
			continue;
		f.sender = sender_for(d, r);
		f.count = take_results(d, it, wanted, f.sender, recipients);
		forward_submit(&f, &out);
		conclude(d, &out);
		if (out.status == OUTCOME_DEFERRED)
			return false;
	}
	return true;
}

/* --- Mailboxes here ------------------------------------------------------------------------ */

PARKS static void
deliver_here(struct distribution *d, struct alias_result *r, struct outcome *out)
{
	struct user_recipient to = {
		.user = r->user,
		.recipient = text_of(d, &r->address),
		.original = d->original,
		.sender = sender_for(d, r),
	};

	user_mailbox_deliver(&d->distributor->mailboxes, d->request, &to, out);
	r->state = out->status == OUTCOME_DEFERRED ? ALIAS_DEFERRED : ALIAS_DONE;
	log_target(d, to.recipient, out);
}

/* *deferred: the outcome of a mailbox that was deferred. True: those that did can be handed on. */
PARKS static bool
deliver_mailboxes(struct distribution *d, struct outcome *deferred)
{
	bool can_be_handed_on = true;

	LIST_EACH (it, &d->expansion.results) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);
		struct outcome out;

		if (r->state != ALIAS_OPEN)
			continue;
		deliver_here(d, r, &out);
		if (r->state == ALIAS_DONE) {
			combine(d, &out);
		} else {
			*deferred = out;
			can_be_handed_on = can_be_handed_on && !r->is_alias;
		}
	}
	return can_be_handed_on;
}

PARKS static void
deliver_results(struct distribution *d)
{
	struct outcome deferred = { .dsn = "" };
	bool can_be_handed_on;

	if (!forward_results(d, goes_elsewhere))
		return;
	can_be_handed_on = deliver_mailboxes(d, &deferred);
	if (deferred.dsn[0] == '\0')
		return;
	if (d->any_done && can_be_handed_on)
		(void)forward_results(d, was_deferred);
	else
		combine(d, &deferred);
}

/* --- One recipient ------------------------------------------------------------------------- */

PARKS static void
expand_and_deliver(struct distribution *d)
{
	struct address a = address_from_internal(d->recipient->address);
	struct why why = WHY_INIT;
	struct outcome out;
	int result = alias_expand(&d->expansion, &a, run_deadline(EXPAND_MAX), &why);

	if (result == 0 && d->expansion.count != 0) {
		deliver_results(d);
		return;
	}
	if (result == 0)
		outcome_set(&out, "4.3.5", "the alias stands for nobody");
	else if (result == ERR_LOOP || result == ERR_TOO_MANY)
		outcome_set(&out, "5.4.6", "%s", why.text);
	else if (result == ERR_UNSUPPORTED || result == ERR_SYNTAX)
		outcome_set(&out, "4.3.5", "%s", why.text);
	else
		outcome_set(&out, "4.3.0", "%s", why.text);
	conclude(d, &out);
}

void
distribute(const struct distributor *distributor, struct request *q, uint32_t index)
{
	struct distribution d = {
		.distributor = distributor,
		.request = q,
		.recipient = &q->deliver.recipients[index],
		.out = &q->outcomes[index],
	};
	struct outcome out;

	d.original = d.recipient->original.n != 0 ? d.recipient->original : d.recipient->address;
	alias_expansion_init(&d.expansion, &distributor->aliases);
	if (distributor->unsupported != NULL) {
		outcome_set(&out, "4.3.5", "%s", distributor->unsupported);
		conclude(&d, &out);
	} else if (mailbox_agent_is_loop(q, d.recipient->address, &out)) {
		conclude(&d, &out);
	} else {
		expand_and_deliver(&d);
	}
	alias_expansion_drop(&d.expansion);
}
