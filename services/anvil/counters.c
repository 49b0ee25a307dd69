/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client is kept while it has a session, and until its window is over: then nothing is known of
 * it that matters. Those without a session stand in a list by the time their last one ended or they
 * were last heard of, so that looking at its head is enough to find who can go. There is room for
 * `clients_max`; beyond it the client that was idle longest goes early, and where all have sessions,
 * a newcomer is not kept: its answer is what it reported.
 *
 * All events of a client share one window, which begins with the first of them and ends a unit later,
 * as administrators know it from Postfix. A sliding window would forget more gently at several times
 * the memory.
 *
 * Invariants:
 *	1. A client's `open` is the sum of its holdings; none of these is 0.
 *	2. A client is in `idle` exactly when it has no holding.
 */
#include "services/anvil/counters.h"

#include "lib/base/bug.h"
#include "lib/base/mem.h"

#define CLIENTS_PER_REPORT 2 /* idle ones looked at for each that is reported */

struct client {
	struct list in_idle;
	struct list holdings;
	int64_t start; /* of the window */
	uint32_t events[COUNTER_EVENTS];
	uint32_t open;
	size_t key_length;
	char key[]; /* service, '\0', address block */
};

/* The sessions of a client in one process. */
struct holding {
	struct list in_client;
	struct list in_owner;
	struct client *client;
	const struct counter_owner *owner;
	uint32_t open;
};

static struct str
key_of(const struct client *k)
{
	return str_make(k->key, k->key_length);
}

static uint32_t
add(uint32_t a, uint32_t b)
{
	return b < UINT32_MAX - a ? a + b : UINT32_MAX;
}

/* --- Clients --------------------------------------------------------------------------------- */

static void
remove_client(struct counters *c, struct client *k)
{
	list_remove(&k->in_idle);
	map_remove(&c->clients, key_of(k));
	mem_free(k);
}

static struct client *
longest_idle(const struct counters *c)
{
	return list_is_empty(&c->idle) ? NULL : CONTAINER_OF(c->idle.next, struct client, in_idle);
}

static bool
is_over(const struct counters *c, const struct client *k, int64_t now)
{
	return now - k->start >= c->unit;
}

static void
remove_some_idle(struct counters *c, int64_t now)
{
	struct client *k;

	for (int i = 0; i < CLIENTS_PER_REPORT; i++) {
		k = longest_idle(c);
		if (k != NULL && is_over(c, k, now))
			remove_client(c, k);
	}
}

/* NULL: no room. */
static struct client *
add_client(struct counters *c, struct str key, int64_t now)
{
	struct client *k = longest_idle(c);

	if (c->clients.count >= c->clients_max && k != NULL)
		remove_client(c, k);
	if (c->clients.count >= c->clients_max)
		return NULL;
	k = mem_new(sizeof(*k) + key.n);
	list_init(&k->in_idle);
	list_init(&k->holdings);
	k->start = now;
	k->key_length = key.n;
	memcpy(k->key, key.p, key.n);
	map_put(&c->clients, key_of(k), k);
	list_append(&c->idle, &k->in_idle);
	return k;
}

/* The client is the last to go of those without a session, or has one. */
static void
place(struct counters *c, struct client *k)
{
	list_remove(&k->in_idle);
	if (list_is_empty(&k->holdings))
		list_append(&c->idle, &k->in_idle);
}

/* --- Sessions -------------------------------------------------------------------------------- */

static struct holding *
find_holding(const struct client *k, const struct counter_owner *o)
{
	LIST_EACH (it, &k->holdings) {
		struct holding *h = CONTAINER_OF(it, struct holding, in_client);

		if (h->owner == o)
			return h;
	}
	return NULL;
}

static void
remove_holding(struct holding *h)
{
	h->client->open -= h->open;
	list_remove(&h->in_client);
	list_remove(&h->in_owner);
	mem_free(h);
}

static struct holding *
add_holding(struct client *k, struct counter_owner *o)
{
	struct holding *h = NEW(struct holding);

	h->client = k;
	h->owner = o;
	list_append(&k->holdings, &h->in_client);
	list_append(&o->holdings, &h->in_owner);
	return h;
}

static void
set_open(struct client *k, struct counter_owner *o, uint32_t open)
{
	struct holding *h = find_holding(k, o);

	if (h != NULL && open == 0) {
		remove_holding(h);
		return;
	}
	if (open == 0)
		return;
	if (h == NULL)
		h = add_holding(k, o);
	open = open < UINT32_MAX - (k->open - h->open) ? open : 0; /* nobody has so many */
	k->open += open - h->open;
	h->open = open;
}

/* --- Peaks ----------------------------------------------------------------------------------- */

static void
keep_text(char *to, size_t room, struct str s)
{
	s = str_part(s, 0, room - 1);
	if (s.n != 0)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
}

static void
note(struct counter_peak *p, uint32_t value, struct str service, struct str client, int64_t wall)
{
	if (value <= p->value)
		return;
	p->value = value;
	p->wall = wall;
	keep_text(p->service, sizeof(p->service), service);
	keep_text(p->client, sizeof(p->client), client);
}

void
counters_reset_peaks(struct counters *c)
{
	memset(c->rates, 0, sizeof(c->rates));
	c->open.value = c->size.value = 0;
}

/* --- Reports --------------------------------------------------------------------------------- */

static void
events_of(const struct message_client_activity *a, uint32_t out[COUNTER_EVENTS])
{
	out[COUNTER_CONNECTIONS] = a->connections;
	out[COUNTER_MESSAGES] = a->messages;
	out[COUNTER_RECIPIENTS] = a->recipients;
	out[COUNTER_TLS_SESSIONS] = a->tls_sessions;
	out[COUNTER_AUTHS] = a->auths;
}

static struct message_client_total
total_of(const uint32_t events[COUNTER_EVENTS], uint32_t open)
{
	return (struct message_client_total){
		.open = open,
		.connections = events[COUNTER_CONNECTIONS],
		.messages = events[COUNTER_MESSAGES],
		.recipients = events[COUNTER_RECIPIENTS],
		.tls_sessions = events[COUNTER_TLS_SESSIONS],
		.auths = events[COUNTER_AUTHS],
	};
}

static void
add_events(struct counters *c, struct client *k, const uint32_t came[COUNTER_EVENTS], int64_t now)
{
	if (is_over(c, k, now)) {
		memset(k->events, 0, sizeof(k->events));
		k->start = now;
	}
	for (int i = 0; i < COUNTER_EVENTS; i++)
		k->events[i] = add(k->events[i], came[i]);
}

static void
note_all(struct counters *c, const struct client *k, struct str service, uint32_t open_peak,
    int64_t wall)
{
	struct str client = str_from(key_of(k), service.n + 1);

	for (int i = 0; i < COUNTER_EVENTS; i++)
		note(&c->rates[i], k->events[i], service, client, wall);
	note(&c->open, open_peak, service, client, wall);
	note(&c->size, (uint32_t)c->clients.count, STR_NONE, STR_NONE, wall);
}

static struct client *
find_client(struct counters *c, struct str service, struct str client, int64_t now)
{
	AUTO(buf) key = BUF_INIT(512);
	struct client *k;

	if (buf_addf(&key, "%.*s%c%.*s", STR_ARG(service), '\0', STR_ARG(client)) < 0)
		return NULL;
	k = map_find(&c->clients, buf_str(&key));
	return k != NULL ? k : add_client(c, buf_str(&key), now);
}

void
counters_report(struct counters *c, struct counter_owner *o, struct str service,
    const struct message_client_activity *a, int64_t now, int64_t wall,
    struct message_client_total *out)
{
	uint32_t came[COUNTER_EVENTS], more_at_peak = a->peak > a->open ? a->peak - a->open : 0;
	struct client *k;

	remove_some_idle(c, now);
	events_of(a, came);
	k = find_client(c, service, a->client, now);
	if (k == NULL) {
		*out = total_of(came, a->open);
		return;
	}
	set_open(k, o, a->open);
	add_events(c, k, came, now);
	place(c, k);
	note_all(c, k, service, add(k->open, more_at_peak), wall);
	*out = total_of(k->events, k->open);
}

/* --- Life ------------------------------------------------------------------------------------ */

void
counters_init(struct counters *c, int64_t unit, size_t clients_max)
{
	*c = (struct counters){ .unit = unit, .clients_max = clients_max };
	list_init(&c->idle);
}

void
counters_drop(struct counters *c)
{
	struct map_cursor cursor = MAP_START;

	while (map_next(&c->clients, &cursor)) {
		struct client *k = cursor.value;

		BUG_ON(!list_is_empty(&k->holdings));
		remove_client(c, k);
	}
	map_drop(&c->clients);
}

void
counter_owner_init(struct counter_owner *o)
{
	list_init(&o->holdings);
}

void
counters_forget_owner(struct counters *c, struct counter_owner *o, int64_t now)
{
	LIST_EACH_SAFE (it, &o->holdings) {
		struct holding *h = CONTAINER_OF(it, struct holding, in_owner);
		struct client *k = h->client;

		remove_holding(h);
		place(c, k);
	}
	remove_some_idle(c, now);
}
