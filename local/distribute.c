/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recipient may stand for mailboxes, commands and addresses elsewhere, and each of them can fail by
 * itself; but the queue knows only the one recipient that it gave us, and would try that again. So
 * that the full disk of one does not send the message to all the others once more, a target is handed
 * to a new message of its own: what lies elsewhere, and a mailbox that was deferred as soon as any
 * other target has the message.
 *
 * What has no address cannot be handed on. So files and commands come first: where one of them must
 * wait and nothing has happened yet, all waits. Then comes what can fail for everybody, cleanup.
 */
#include "local/distribute.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "local/agent.h"
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

PARKS static void
conclude_target(const struct distribution *d, struct str to, struct outcome *o)
{
	agent_conclude(d->request, to, d->original, o);
}

PARKS static void
conclude(struct distribution *d, struct outcome *o)
{
	conclude_target(d, d->recipient->address, o);
	combine(d, o);
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

/*
 * Mailboxes of an alias with an owner too: he is to hear of their failures, not the sender. And what
 * another transport delivers, which takes only what is a recipient of the queue.
 */
static bool
goes_elsewhere(const struct alias_result *r)
{
	if (r->state != ALIAS_OPEN)
		return false;
	return r->kind == ALIAS_TO_ADDRESS || r->kind == ALIAS_TO_TRANSPORT ||
	       (r->kind == ALIAS_TO_MAILBOX && !address_is_null(&r->owner));
}

static bool
was_deferred(const struct alias_result *r)
{
	return r->state == ALIAS_DEFERRED;
}

/*
 * Those from `first` on that are wanted and fit into one message with it; they are then done. What a
 * list sends on is its owner's mail: the wishes of the first sender do not go with it. RFC 3461,
 * 5.2.7.3.
 */
static uint32_t
take_results(struct distribution *d, struct list *first,
    bool (*wanted)(const struct alias_result *r), struct str sender,
    struct message_recipient *recipients)
{
	const struct alias_result *model = CONTAINER_OF(first, struct alias_result, link);
	bool is_list = !str_equal(sender, d->request->deliver.sender);
	uint32_t count = 0;

	for (struct list *it = first; it != &d->expansion.results; it = it->next) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);

		if (!wanted(r) || r->is_final != model->is_final ||
		    !str_equal(sender_for(d, r), sender))
			continue;
		r->state = ALIAS_DONE;
		recipients[count++] = (struct message_recipient){
			.address = text_of(d, &r->address),
			.original = is_list ? STR_NONE : d->original,
			.notify = is_list ? 0 : d->recipient->notify,
		};
	}
	return count;
}

/* A new message for each sender there is. False: it was deferred. */
PARKS static bool
forward_results(struct distribution *d, bool (*wanted)(const struct alias_result *r))
{
	struct forward f = { .request = d->request };
	struct alias_expansion *x = &d->expansion;
	struct message_recipient *recipients =
	    ARENA_ARRAY(&x->arena, struct message_recipient, x->count);

	f.recipients = recipients;
	if ((d->distributor->targets.traced & TRACED_FORWARD) != 0)
		f.delivered_to = d->recipient->address;
	LIST_EACH (it, &x->results) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);
		struct outcome out;

		if (!wanted(r))
			continue;
		f.is_final = r->is_final;
		f.sender = sender_for(d, r);
		f.count = take_results(d, it, wanted, f.sender, recipients);
		forward_submit(&f, &out);
		conclude(d, &out);
		if (out.status == OUTCOME_DEFERRED)
			return false;
	}
	return true;
}

/* --- Here ---------------------------------------------------------------------------------- */

/* True: the mailbox has a .forward, in *file. */
PARKS static bool
deliver_here(struct distribution *d, struct alias_result *r, struct message_mailbox_text *file,
    struct outcome *out)
{
	struct target t = {
		.request = d->request,
		.result = r,
		.recipient = d->recipient->address,
		.original = d->original,
		.address = text_of(d, &r->address),
		.sender = sender_for(d, r),
	};

	if (target_deliver(&d->distributor->targets, &t, &d->expansion.arena, file, out))
		return true;
	conclude_target(d, t.address, out);
	r->state = out->status == OUTCOME_DEFERRED ? ALIAS_DEFERRED : ALIAS_DONE;
	return false;
}

/* Files and commands. False: one must wait, and all that come after it. */
PARKS static bool
deliver_specials(struct distribution *d)
{
	struct message_mailbox_text file;
	struct outcome out;

	LIST_EACH (it, &d->expansion.results) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);

		if (r->kind != ALIAS_TO_FILE && r->kind != ALIAS_TO_COMMAND)
			continue;
		(void)deliver_here(d, r, &file, &out);
		combine(d, &out);
		if (r->state == ALIAS_DEFERRED)
			return false;
	}
	return true;
}

/* *deferred: the outcome of a mailbox that was deferred. */
PARKS static void
deliver_mailboxes(struct distribution *d, struct outcome *deferred)
{
	struct message_mailbox_text file;
	struct outcome out;

	LIST_EACH (it, &d->expansion.results) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);

		if (r->state != ALIAS_OPEN || r->kind != ALIAS_TO_MAILBOX)
			continue;
		(void)deliver_here(d, r, &file, &out); /* only a lone recipient has `forwards` */
		if (r->state == ALIAS_DONE)
			combine(d, &out);
		else
			*deferred = out;
	}
}

PARKS static void
deliver_results(struct distribution *d)
{
	struct outcome deferred = { .dsn = "" };

	if (!deliver_specials(d) || !forward_results(d, goes_elsewhere))
		return;
	deliver_mailboxes(d, &deferred);
	if (deferred.dsn[0] == '\0')
		return;
	if (d->any_done)
		(void)forward_results(d, was_deferred);
	else
		combine(d, &deferred);
}

/* --- One recipient ------------------------------------------------------------------------- */

static struct alias_result *
only_result(struct distribution *d)
{
	if (d->expansion.count != 1)
		return NULL;
	return CONTAINER_OF(d->expansion.results.next, struct alias_result, link);
}

static bool
is_passed(struct distribution *d, const struct alias_result *r)
{
	return r != NULL && r->kind == ALIAS_TO_TRANSPORT &&
	       str_equal_nocase(text_of(d, &r->address), d->recipient->address);
}

static void
pass(struct distribution *d, const struct alias_result *r)
{
	struct str transport = str_part(r->text, 0, str_index(r->text, ':'));

	log_info("%.*s: passing <%.*s> to transport=%.*s", STR_ARG(d->request->deliver.queue_id),
	    STR_ARG(d->recipient->address), STR_ARG(transport));
	outcome_pass(d->out, r->text);
}

PARKS static void
fail(struct distribution *d, int code, const struct why *why)
{
	struct outcome out;

	/* Which list of whose alias is nothing for the sender to read. */
	if (code == ERR_REFUSED)
		log_warning("%.*s: %s", STR_ARG(d->request->deliver.queue_id), why->text);
	if (code == ERR_LOOP || code == ERR_TOO_MANY)
		outcome_set(&out, "5.4.6", "%s", why->text);
	else if (code == ERR_REFUSED)
		outcome_set(&out, "5.3.5", "mail system configuration error");
	else if (code == ERR_UNKNOWN || code == ERR_SYNTAX)
		outcome_set(&out, "4.3.5", "%s", why->text);
	else
		outcome_set(&out, "4.3.0", "%s", why->text);
	conclude(d, &out);
}

/* A mailbox whose user may have a .forward, which its writer looks for. */
PARKS static void
deliver_user(struct distribution *d, struct alias_result *r)
{
	struct message_mailbox_text file;
	struct outcome out;
	struct why why = WHY_INIT;
	int result;

	if (!deliver_here(d, r, &file, &out)) {
		combine(d, &out);
		return;
	}
	result = alias_expand_forward(&d->expansion, r, &file, &why);
	if (result < 0)
		fail(d, result, &why);
	else
		deliver_results(d);
}

PARKS static void
expand_and_deliver(struct distribution *d)
{
	struct address a = address_from_internal(d->recipient->address);
	bool is_final = (d->request->deliver.flags & SUBMIT_NO_ALIASES) != 0;
	struct why why = WHY_INIT;
	struct outcome out;
	struct alias_result *only;
	int result = alias_expand(&d->expansion, &a, is_final, &why);

	only = only_result(d);
	if (result < 0) {
		fail(d, result, &why);
	} else if (is_passed(d, only)) {
		pass(d, only);
	} else if (only != NULL && only->forwards_count != 0) {
		deliver_user(d, only);
	} else if (d->expansion.count != 0) {
		deliver_results(d);
	} else {
		outcome_set(&out, "4.3.5", "the alias stands for nobody");
		conclude(d, &out);
	}
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
	alias_expansion_init(&d.expansion, &distributor->aliases, run_deadline(EXPAND_MAX));
	if (mailbox_agent_is_loop(q, d.recipient->address, &out))
		conclude(&d, &out);
	else
		expand_and_deliver(&d);
	alias_expansion_drop(&d.expansion);
}
