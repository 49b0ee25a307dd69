/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists and counters; each step takes constant time, but for finding a transport or destination by
 * name, a hash look-up. There is no "active queue" of a bounded size that one dead destination could
 * fill: every message that is due is queued at its destinations, which costs a job of 48 bytes, and
 * who is not served keeps nobody waiting but itself. Postfix's preemption, which lets small
 * mail pass a big mailing on the way to the same transport, is had by taking turns at both levels.
 */
#include "qmgr/schedule.h"

#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"

#define REMEMBER TICKS_HOUR /* a failure, after the suspension that it led to */

struct job {
	struct list in_site;
	struct site *site;
	struct message *message;
	struct job *next, **link; /* chain of the same message; where the pointer to this one is */
	uint32_t first;           /* 1 + index of the first recipient in the chain */
	uint32_t last;
};

/* --- Transports and destinations ------------------------------------------------------------ */

void
schedule_init(struct schedule *s, const struct schedule_options *o, struct names *names)
{
	*s = (struct schedule){ .options = *o, .names = names, .by_name = MAP_INIT };
	list_init(&s->transports);
	list_init(&s->failing);
	list_init(&s->to_drain);
}

static void
free_site(struct site *site)
{
	struct transport *t = site->transport;

	BUG_ON(!list_is_empty(&site->jobs) || site->in_flight != 0);
	list_remove(&site->in_turn);
	list_remove(&site->in_failing);
	list_remove(&site->in_drain);
	map_remove(&t->sites, str_make(site->texts, site->key_length));
	names_give(t->schedule->names, site->reason);
	mem_free(site);
}

void
schedule_drop(struct schedule *s)
{
	LIST_EACH_SAFE (it, &s->failing)
		free_site(CONTAINER_OF(it, struct site, in_failing));
	LIST_EACH_SAFE (it, &s->transports) {
		struct transport *t = CONTAINER_OF(it, struct transport, in_schedule);

		BUG_ON(t->sites.count != 0 || t->in_flight != 0);
		map_drop(&t->sites);
		names_give(s->names, t->reason);
		mem_free(t);
	}
	map_drop(&s->by_name);
}

struct transport *
schedule_transport(struct schedule *s, struct str name)
{
	struct transport *t = map_find(&s->by_name, name);

	if (t != NULL)
		return t;
	BUG_ON(name.n > UINT32_MAX);
	t = mem_new(sizeof(*t) + name.n + 1);
	t->schedule = s;
	list_init(&t->turn);
	t->name_length = (uint32_t)name.n;
	memcpy(t->name, name.p, name.n);
	s->options.limits(s->options.context, name, &t->limits);
	list_append(&s->transports, &t->in_schedule);
	map_put(&s->by_name, transport_name(t), t);
	return t;
}

static struct site *
new_site(struct transport *t, struct str key, struct str nexthop)
{
	struct site *site = mem_new(sizeof(*site) + key.n + nexthop.n + 1);

	site->transport = t;
	list_init(&site->in_turn);
	list_init(&site->in_failing);
	list_init(&site->in_drain);
	list_init(&site->jobs);
	window_init(&site->window, t->limits.initial, t->limits.concurrency);
	site->key_length = (uint32_t)key.n;
	site->nexthop_length = (uint32_t)nexthop.n;
	memcpy(site->texts, key.p, key.n);
	if (nexthop.n != 0)
		memcpy(site->texts + key.n, nexthop.p, nexthop.n);
	map_put(&t->sites, str_make(site->texts, site->key_length), site);
	return site;
}

/* The key is "recipient nexthop" or " nexthop": no two pairs share one. */
struct site *
schedule_site(struct transport *t, struct str nexthop, struct str recipient)
{
	AUTO(buf) key = BUF_INIT(2 * MESSAGE_ADDRESS_MAX + 1);
	struct str own = t->limits.recipients == 1 ? recipient : STR_NONE;
	struct site *site;
	int result;

	result = buf_addf(&key, "%.*s %.*s", STR_ARG(own), STR_ARG(nexthop));
	BUG_ON(result < 0); /* both are at most MESSAGE_ADDRESS_MAX */
	site = map_find(&t->sites, buf_str(&key));
	return site != NULL ? site : new_site(t, buf_str(&key), nexthop);
}

bool
site_is_suspended(const struct site *site, int64_t now, struct suspension *why)
{
	const struct transport *t = site->transport;

	if (t->suspended > now)
		*why = (struct suspension){ name_str(t->reason), t->suspended };
	else if (site->suspended > now)
		*why = (struct suspension){ name_str(site->reason), site->suspended };
	else
		return false;
	return true;
}

static void
be_in(struct list *list, struct list *link, bool wanted)
{
	if (!wanted)
		list_remove(link);
	else if (list_is_empty(link))
		list_append(list, link);
}

/* D2 */
static void
update_turn(struct site *site)
{
	struct transport *t = site->transport;
	bool has_jobs = !list_is_empty(&site->jobs);
	bool has_room = t->limits.concurrency == 0 || site->in_flight < site->window.size;

	be_in(&t->turn, &site->in_turn, has_jobs && has_room && site->suspended == 0);
	be_in(&t->schedule->to_drain, &site->in_drain, has_jobs && site->suspended != 0);
}

void
schedule_let_go(struct site *site)
{
	if (list_is_empty(&site->jobs) && site->in_flight == 0 && list_is_empty(&site->in_failing))
		free_site(site);
}

/* --- Jobs ------------------------------------------------------------------------------------ */

static struct job *
last_job_of(struct site *site, const struct message *m)
{
	struct job *job;

	if (list_is_empty(&site->jobs))
		return NULL;
	job = CONTAINER_OF(site->jobs.prev, struct job, in_site);
	return job->message == m ? job : NULL;
}

static struct job *
new_job(struct site *site, struct message *m)
{
	struct job *job = NEW(struct job);

	job->site = site;
	job->message = m;
	job->next = m->jobs;
	job->link = &m->jobs;
	if (job->next != NULL)
		job->next->link = &job->next;
	m->jobs = job;
	list_append(&site->jobs, &job->in_site);
	return job;
}

static void
free_job(struct job *job)
{
	*job->link = job->next;
	if (job->next != NULL)
		job->next->link = job->link;
	list_remove(&job->in_site);
	mem_free(job);
}

void
schedule_add(struct site *site, struct message *m, uint32_t index)
{
	struct job *job = last_job_of(site, m);

	BUG_ON(m->recipients[index].state != RECIPIENT_WAITS);
	if (job == NULL)
		job = new_job(site, m);
	m->recipients[index].next = 0;
	if (job->first == 0)
		job->first = index + 1;
	else
		m->recipients[job->last - 1].next = index + 1;
	job->last = index + 1;
	message_set(m, index, RECIPIENT_QUEUED);
	/* The caller asked site_is_suspended(): if there was a suspension, it has passed. */
	site->suspended = 0;
	update_turn(site);
}

/* The chain's first recipients leave it, `most` of them, for the given state. */
static void
take_recipients(struct job *job, uint32_t most, enum recipient_state state, struct batch *out)
{
	struct message *m = job->message;
	uint32_t room = m->queued < most ? m->queued : most;

	*out = (struct batch){ .site = job->site, .message = m };
	out->indexes = mem_array(room, sizeof(*out->indexes));
	while (job->first != 0 && out->count < room) {
		uint32_t index = job->first - 1;

		job->first = m->recipients[index].next;
		message_set(m, index, state);
		out->indexes[out->count++] = index;
	}
}

bool
schedule_take(struct transport *t, struct batch *out)
{
	uint32_t most = t->limits.recipients;
	struct site *site;
	struct job *job;

	if (list_is_empty(&t->turn))
		return false;
	site = CONTAINER_OF(t->turn.next, struct site, in_turn);
	job = CONTAINER_OF(site->jobs.next, struct job, in_site);
	take_recipients(
	    job, most == 0 || most > BATCH_MAX ? BATCH_MAX : most, RECIPIENT_IN_FLIGHT, out);
	site->in_flight++;
	t->in_flight++;
	list_remove(&job->in_site);
	if (job->first == 0)
		free_job(job);
	else
		list_append(&site->jobs, &job->in_site);
	list_remove(&site->in_turn);
	update_turn(site);
	return true;
}

static struct site *
first_to_drain(struct schedule *s, int64_t now)
{
	if (!list_is_empty(&s->to_drain))
		return CONTAINER_OF(s->to_drain.next, struct site, in_drain);
	LIST_EACH (it, &s->transports) {
		struct transport *t = CONTAINER_OF(it, struct transport, in_schedule);

		if (t->suspended > now && !list_is_empty(&t->turn))
			return CONTAINER_OF(t->turn.next, struct site, in_turn);
	}
	return NULL;
}

bool
schedule_take_suspended(struct schedule *s, int64_t now, struct batch *out, struct suspension *why)
{
	struct site *site = first_to_drain(s, now);
	struct job *job;

	if (site == NULL)
		return false;
	if (!site_is_suspended(site, now, why)) /* it has just passed: no longer than that */
		*why = (struct suspension){ name_str(site->reason), now };
	job = CONTAINER_OF(site->jobs.next, struct job, in_site);
	take_recipients(job, BATCH_MAX, RECIPIENT_WAITS, out);
	out->site = NULL;
	if (job->first == 0)
		free_job(job);
	update_turn(site);
	schedule_let_go(site);
	return true;
}

void
schedule_withdraw(struct message *m)
{
	while (m->jobs != NULL) {
		struct job *job = m->jobs;
		struct site *site = job->site;

		for (uint32_t at = job->first; at != 0; at = m->recipients[at - 1].next)
			message_set(m, at - 1, RECIPIENT_WAITS);
		free_job(job);
		update_turn(site);
		schedule_let_go(site);
	}
}

/* --- Experience ------------------------------------------------------------------------------ */

static int64_t
suspension(const struct schedule *s, uint32_t in_a_row)
{
	int64_t duration = s->options.suspend_least;

	while (in_a_row-- > 1 && duration < s->options.suspend_most)
		duration *= 2;
	return ticks_min(duration, s->options.suspend_most);
}

static void
suspend_site(struct site *site, struct str reason, int64_t now)
{
	struct schedule *s = site->transport->schedule;
	struct name *taken = names_take(s->names, reason);

	names_give(s->names, site->reason);
	site->reason = taken;
	site->suspensions++;
	site->suspended = now + suspension(s, site->suspensions);
	window_init(
	    &site->window, site->transport->limits.initial, site->transport->limits.concurrency);
}

/* It answers again: the failures before are forgotten. */
static void
revive_site(struct site *site)
{
	site->suspended = 0;
	site->suspensions = 0;
	list_remove(&site->in_failing);
}

static void
learn(struct site *site, enum delivery_end end, struct str reason, int64_t now)
{
	const struct transport_limits *limits = &site->transport->limits;

	if (end == DELIVERY_DONE) {
		revive_site(site);
		window_grow(&site->window, &limits->positive, site->in_flight, limits->concurrency);
	} else if (end == DELIVERY_SITE_FAILED && site->suspended == 0) {
		site->failed = now;
		be_in(&site->transport->schedule->failing, &site->in_failing, true);
		if (window_shrink(&site->window, &limits->negative, limits->failed_cohorts))
			suspend_site(site, reason, now);
	}
}

void
schedule_finish(struct batch *b, enum delivery_end end, struct str reason, int64_t now)
{
	struct site *site = b->site;

	learn(site, end, reason, now);
	site->in_flight--;
	site->transport->in_flight--;
	mem_free(b->indexes);
	b->indexes = NULL;
	update_turn(site);
	schedule_let_go(site);
}

void
transport_suspend(struct transport *t, int64_t until, struct str reason)
{
	struct name *taken = names_take(t->schedule->names, reason);

	names_give(t->schedule->names, t->reason);
	t->reason = taken;
	t->suspended = until;
}

void
schedule_resume_all(struct schedule *s)
{
	LIST_EACH (it, &s->transports)
		CONTAINER_OF(it, struct transport, in_schedule)->suspended = 0;
	LIST_EACH_SAFE (it, &s->failing) {
		struct site *site = CONTAINER_OF(it, struct site, in_failing);

		revive_site(site);
		update_turn(site);
		schedule_let_go(site);
	}
}

void
schedule_sweep(struct schedule *s, int64_t now)
{
	LIST_EACH_SAFE (it, &s->failing) {
		struct site *site = CONTAINER_OF(it, struct site, in_failing);

		if (site->failed + REMEMBER > now || site->suspended + REMEMBER > now)
			continue;
		list_remove(&site->in_failing);
		schedule_let_go(site);
	}
}
