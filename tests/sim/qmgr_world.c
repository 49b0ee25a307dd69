/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/qmgr_world.h"

#include "lib/mail/address.h"

#define LONG_WAIT run_deadline(TICKS_MINUTE)

static struct world *current; /* for the log, which has no context */

/* --- The log ---------------------------------------------------------------------------------- */

static void
see_event(const struct event *e)
{
	current->events[e->id]++;
	for (const struct event_field *f = e->fields; f->id != FIELD_NONE; f++) {
		if (e->id == EVENT_DELIVERY && f->id == FIELD_text)
			snprintf(current->last_text, sizeof(current->last_text), "%.*s",
			    STR_ARG(f->text));
	}
	if (e->level >= LEVEL_WARNING && getenv("SHOW") != NULL)
		fprintf(stderr, "event %d: %.*s\n", (int)e->id, STR_ARG(e->fields[0].text));
}

/* --- Routes and limits ------------------------------------------------------------------------ */

static void
give_limits(void *context, struct str transport, struct transport_limits *out)
{
	const struct world *w = context;

	(void)transport;
	*out = w->limits;
}

PARKS static int
resolve(void *context, struct str recipient, struct route *out, int64_t deadline, struct why *why)
{
	struct address a = address_from_internal(recipient);
	size_t dot = str_rindex(a.domain, '.');

	(void)context;
	(void)deadline;
	if (str_equal(a.domain, STR("nowhere"))) {
		why_set(why, "the table cannot be asked");
		return ERR_TEMPORARY;
	}
	if (dot == a.domain.n)
		dot = 0;
	assert_int_equal(buf_add(&out->transport, str_from(a.domain, dot == 0 ? 0 : dot + 1)), 0);
	assert_int_equal(
	    buf_add(&out->nexthop, dot == 0 ? STR("5.1.1 no such user") : a.domain), 0);
	return task_yield() == ERR_CANCELLED ? ERR_CANCELLED : 0;
}

/* --- Agents ----------------------------------------------------------------------------------- */

struct peer {
	struct world *world;
	struct agent_script *script;
	struct channel channel;
	struct group requests;
};

struct request {
	struct peer *peer;
	struct frame frame;
	struct buf bytes;
};

static void
note_attempt(struct world *w, const struct message_deliver *d, uint32_t i, uint32_t status)
{
	struct attempt *a = &w->attempts[w->attempt_count++];

	assert_true(w->attempt_count < WORLD_LOG_MAX);
	a->time = run_now();
	a->status = status;
	a->content_length = d->content_length;
	snprintf(a->id, sizeof(a->id), "%.*s", STR_ARG(d->queue_id));
	snprintf(a->recipient, sizeof(a->recipient), "%.*s", STR_ARG(d->recipients[i].address));
	snprintf(a->nexthop, sizeof(a->nexthop), "%.*s", STR_ARG(d->nexthop));
}

static void
make_outcome(struct peer *p, const struct message_deliver *d, uint32_t i, struct message_outcome *o)
{
	*o = (struct message_outcome){ .index = i,
		.status = OUTCOME_DELIVERED,
		.dsn = STR("2.0.0"),
		.text = STR("delivered"),
		.relay = STR("peer") };
	if (p->script->answer != NULL)
		p->script->answer(p->world, d->recipients[i].address, o);
	note_attempt(p->world, d, i, o->status);
}

static void
serve_request(void *arg)
{
	struct request *r = arg;
	struct peer *p = r->peer;
	struct message_outcome *outcomes;
	struct message_deliver d;

	assert_int_equal(message_decode_deliver(&r->frame, task_arena(), &d), 0);
	if (p->script->latency == 0 || task_sleep(run_deadline(p->script->latency)) == 0) {
		outcomes = ARENA_ARRAY(task_arena(), struct message_outcome, d.recipients_count);
		for (uint32_t i = 0; i < d.recipients_count; i++)
			make_outcome(p, &d, i, &outcomes[d.recipients_count - 1 - i]);
		(void)!channel_send_delivered(&p->channel, r->frame.request,
		    &(struct message_delivered){
		        .outcomes = outcomes, .outcomes_count = d.recipients_count },
		    LONG_WAIT);
	}
	p->script->in_flight--;
	buf_drop(&r->bytes);
	mem_free(r);
}

/* What was asked for and is never answered. */
static void
note_unanswered(struct peer *p, const struct frame *f)
{
	struct message_deliver d;
	AUTO(arena) arena = ARENA_INIT((size_t)1 << 24);

	assert_int_equal(message_decode_deliver(f, &arena, &d), 0);
	for (uint32_t i = 0; i < d.recipients_count; i++)
		note_attempt(p->world, &d, i, 0);
}

static void
take_request(struct peer *p, const struct frame *f)
{
	struct request *r = NEW(struct request);
	int fd = channel_take_fd(&p->channel);

	if (fd >= 0)
		sys_close(fd);
	r->peer = p;
	buf_init(&r->bytes, FRAME_MAX);
	assert_int_equal(buf_add(&r->bytes, f->fields), 0);
	r->frame = *f;
	r->frame.fields = buf_str(&r->bytes);
	p->script->in_flight++;
	if (p->script->in_flight > p->script->most_in_flight)
		p->script->most_in_flight = p->script->in_flight;
	assert_int_equal(task_start(&p->requests, "request", serve_request, r), 0);
}

static void
run_peer(void *arg)
{
	struct peer *p = arg;
	struct agent_script *s = p->script;
	struct channel_options o = { CHANNEL_DELIVER, s->name, s->capacity, 0 };
	struct why why;
	struct frame f;
	unsigned requests = 0;

	group_init(&p->requests);
	if (channel_open_stream(&p->channel, &o, LONG_WAIT, &why) == 0) {
		while (channel_receive(&p->channel, &f, TICKS_NEVER) == 0) {
			requests++;
			s->requests++;
			if (requests == s->dies_at) {
				note_unanswered(p, &f);
				s->deaths++;
				break;
			}
			if (requests == s->refuses_at) {
				(void)!channel_send_failed(&p->channel, f.request,
				    &(struct message_failed){ .temporary = 1 }, LONG_WAIT);
				continue;
			}
			take_request(p, &f);
		}
		group_end(&p->requests);
		channel_close(&p->channel);
	}
	mem_free(p);
}

static struct agent_script *
find_script(struct world *w, struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(w->agents); i++) {
		if (w->agents[i].name != NULL && str_equal(name, str_of(w->agents[i].name)))
			return &w->agents[i];
	}
	return NULL;
}

PARKS static int
connect_agent(
    void *context, struct str transport, struct caller *out, int64_t deadline, struct why *why)
{
	static const struct channel_options o = { CHANNEL_DELIVER, "qmgr", 1, 0 };
	struct world *w = context;
	struct agent_script *s = find_script(w, transport);
	struct peer *p;

	if (s == NULL || s->unreachable) {
		why_set(why, "nobody listens");
		return -ECONNREFUSED;
	}
	if (s->most_connections != 0 && s->connections == s->most_connections) {
		why_set(why, "no greeting");
		return task_sleep(deadline) < 0 ? ERR_CANCELLED : ERR_TIMEOUT;
	}
	p = NEW(struct peer);
	p->world = w;
	p->script = s;
	s->connections++;
	stream_open_pair(&out->channel.stream, &p->channel.stream, (size_t)1 << 20);
	assert_int_equal(task_start(&w->peers, "agent", run_peer, p), 0);
	return caller_open_stream(out, &o, deadline, why);
}

/* --- In the place of cleanup ------------------------------------------------------------------ */

struct intake_end {
	struct world *world;
	struct channel channel;
};

static void
serve_intake(void *arg)
{
	struct intake_end *end = arg;
	struct channel_options o = { CHANNEL_STORED " " CHANNEL_QUEUE, "qmgr", 1, 0 };
	struct why why;

	if (channel_open_stream(&end->channel, &o, LONG_WAIT, &why) == 0) {
		intake_serve(end->world->qmgr, &end->channel);
		channel_close(&end->channel);
	}
	mem_free(end);
}

PARKS static void
connect_notices(struct world *w)
{
	static const struct channel_options o = { CHANNEL_STORED, "cleanup", 1, 0 };
	struct intake_end *end = NEW(struct intake_end);
	struct why why;

	end->world = w;
	stream_open_pair(&w->notices.stream, &end->channel.stream, (size_t)1 << 20);
	assert_int_equal(task_start(&w->qmgr->tasks, "intake", serve_intake, end), 0);
	assert_int_equal(channel_open_stream(&w->notices, &o, LONG_WAIT, &why), 0);
	w->connected = true;
}

PARKS static void
disconnect_notices(struct world *w)
{
	if (w->connected)
		channel_close(&w->notices);
	w->connected = false;
}

PARKS static void
committed(void *context, struct str segment, uint64_t position, uint64_t length)
{
	struct world *w = context;

	if (!w->mute && w->connected)
		(void)!channel_send_stored_record(&w->notices, 0,
		    &(struct message_stored_record){ segment, position, length }, LONG_WAIT);
}

PARKS static void
closed(void *context, struct str segment, uint64_t length)
{
	struct world *w = context;

	if (!w->mute && w->connected)
		(void)!channel_send_segment_closed(
		    &w->notices, 0, &(struct message_segment_closed){ segment, length }, LONG_WAIT);
}

static void
failed(void *context, int error, const char *words)
{
	struct world *w = context;

	if (!w->disk_fails)
		fail_msg("%s: %s", words, err_text(error));
}

static void
start_writer(struct world *w)
{
	const struct journal_writer_options o = { .ids = &w->ids,
		.committed = committed,
		.closed = closed,
		.failed = failed,
		.context = w };

	assert_int_equal(journal_writer_open(&w->writer, &o), 0);
	w->writer_open = true;
}

static struct envelope
make_mail(struct queue_id *id, const char *recipients, struct world *w)
{
	struct envelope e = { .sender = STR("sender@example.org"),
		.arrival = run_wall(),
		.filter = str_of(w->filter) };
	struct str rest = str_of(recipients), word;

	*id = queue_id_next(&w->ids, run_wall());
	e.queue_id = queue_id_str(id);
	e.recipients = mem_array(strlen(recipients) / 2 + 1, sizeof(*e.recipients));
	while (str_word(&rest, " ", &word))
		e.recipients[e.recipients_count++].address = word;
	return e;
}

int
world_try_submit(struct world *w, const char *recipients, struct queue_id *id)
{
	struct draft *d = draft_new((size_t)16 * 1024 * 1024);
	struct envelope e = make_mail(id, recipients, w);
	struct why why = WHY_INIT;

	assert_int_equal(envelope_encode(&e, &d->envelope), 0);
	assert_int_equal(buf_add(&d->content, STR("Subject: test\r\n\r\nHello\r\n")), 0);
	mem_free(e.recipients);
	return journal_append(&w->writer, d, &why);
}

struct queue_id
world_submit(struct world *w, const char *recipients)
{
	struct queue_id id;

	assert_int_equal(world_try_submit(w, recipients, &id), 0);
	return id;
}

struct queue_id
world_submit_many(struct world *w, const char *format, unsigned count)
{
	AUTO(buf) all = BUF_INIT((size_t)64 * 1024 * 1024);

	for (unsigned i = 0; i < count; i++) {
		char one[100];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(one, sizeof(one), format, i);
#pragma GCC diagnostic pop
		assert_int_equal(buf_addf(&all, "%s ", one), 0);
	}
	return world_submit(w, buf_text(&all));
}

struct queue_id
world_submit_file(struct world *w, const char *recipients, size_t size)
{
	AUTO(buf) envelope = BUF_INIT(ENVELOPE_MAX);
	struct queue_id id;
	struct envelope e = make_mail(&id, recipients, w);
	struct file_writer f;
	struct why why = WHY_INIT;
	char *content = mem_new(size);

	assert_int_equal(envelope_encode(&e, &envelope), 0);
	mem_free(e.recipients);
	memset(content, 'x', size);
	file_writer_init(&f, &id);
	assert_int_equal(file_writer_open(&f, &why), 0);
	assert_int_equal(file_writer_add(&f, str_make(content, size), &why), 0);
	assert_int_equal(file_writer_commit(&f, buf_str(&envelope), &why), 0);
	file_writer_drop(&f);
	mem_free(content);
	if (!w->mute)
		assert_int_equal(channel_send_stored_file(&w->notices, 0,
		                     &(struct message_stored_file){ queue_id_str(&id) }, LONG_WAIT),
		    0);
	return id;
}

void
world_kill_writer(struct world *w)
{
	w->mute = true; /* the last words of a dead process are not heard */
	journal_writer_close(&w->writer);
	w->writer_open = false;
	disconnect_notices(w);
	w->mute = false;
}

void
world_restart_writer(struct world *w)
{
	world_kill_writer(w);
	connect_notices(w);
	start_writer(w);
}

/* --- The queue manager's life ----------------------------------------------------------------- */

PARKS static void
start_qmgr(struct world *w)
{
	w->qmgr = qmgr_new(&w->options);
	assert_int_equal(qmgr_start(w->qmgr), 0);
	connect_notices(w);
}

void
world_crash(struct world *w)
{
	struct qmgr *q = w->qmgr;

	qmgr_cancel(q);
	disconnect_notices(w);
	qmgr_free(q);
	start_qmgr(w);
	if (w->writer_open)
		journal_rotate(&w->writer);
}

static void
world_main(void *arg)
{
	struct world *w = arg;

	group_init(&w->peers);
	start_qmgr(w);
	start_writer(w);
	w->test(w);
	if (w->writer_open)
		journal_writer_close(&w->writer);
	disconnect_notices(w);
	qmgr_stop(w->qmgr, run_deadline(TICKS_SECOND));
	qmgr_free(w->qmgr);
	group_end(&w->peers);
}

void
world_run(uint64_t seed, struct world *w, void (*test)(struct world *w))
{
	current = w;
	w->test = test;
	w->random = seed * 2654435761u + 88172645463325252u;
	w->options.seed = seed + 1;
	queue_id_source_init(&w->ids, (uint32_t)seed);
	log_divert(see_event);
	assert_int_equal(
	    in_loop(&(struct run_options){ .simulated = true, .seed = seed, .wall = WALL },
	        world_main, w),
	    0);
	log_divert(NULL);
}

struct world *
world_new(void)
{
	struct world *w = NEW(struct world);

	w->options = (struct qmgr_options){
		.policy = { .backoff_least = 300 * TICKS_SECOND,
		    .backoff_most = 4000 * TICKS_SECOND,
		    .lifetime = 5 * TICKS_DAY,
		    .bounce_lifetime = 5 * TICKS_DAY,
		    .transport_retry = 60 * TICKS_SECOND,
		    .journal_age = 60 * TICKS_SECOND },
		.limits = give_limits,
		.resolve = resolve,
		.connect = connect_agent,
		.context = w,
	};
	w->limits = (struct transport_limits){ .concurrency = 20,
		.initial = 5,
		.recipients = 50,
		.positive = { 1, FEEDBACK_PLAIN },
		.negative = { 1, FEEDBACK_PLAIN },
		.failed_cohorts = 1 };
	w->agents[0] = (struct agent_script){ .name = "a", .capacity = 10 };
	w->agents[1] = (struct agent_script){ .name = "b", .capacity = 10 };
	w->attempts = mem_array(WORLD_LOG_MAX, sizeof(*w->attempts));
	return w;
}

void
world_free(struct world *w)
{
	mem_free(w->attempts);
	mem_free(w);
}

/* --- Looking ---------------------------------------------------------------------------------- */

void
world_sleep(int64_t duration)
{
	assert_int_equal(task_sleep(run_deadline(duration)), 0);
}

static void
show(const struct world *w)
{
	struct map_cursor c = MAP_START;

	while (map_next(&w->qmgr->queue.by_id, &c)) {
		const struct message *m = c.value;

		fprintf(stderr, "%s: phase %u in %s, open %u, queued %u, in flight %u\n",
		    m->id.text, m->phase, spool_queue_name(m->queue), m->open, m->queued,
		    m->in_flight);
	}
}

static bool
is_settled(const struct world *w)
{
	struct map_cursor c = MAP_START;

	while (map_next(&w->qmgr->queue.by_id, &c)) {
		const struct message *m = c.value;

		if (m->phase != MESSAGE_HELD || m->keeping || !list_is_empty(&m->in_keep))
			return false;
	}
	return true;
}

void
world_settle(struct world *w, int64_t most)
{
	int64_t end = run_deadline(most);

	world_sleep(TICKS_SECOND);
	while (!is_settled(w)) {
		if (run_now() >= end)
			show(w);
		if (run_now() >= end)
			fail_msg("%zu messages are still queued", w->qmgr->queue.by_id.count);
		world_sleep(TICKS_MINUTE);
	}
	world_sleep(2 * TICKS_SECOND);
}

struct message *
world_find(struct world *w, const struct queue_id *id)
{
	return queue_find(&w->qmgr->queue, queue_id_str(id));
}

size_t
world_attempts(const struct world *w, const char *recipient, uint32_t status)
{
	size_t n = 0;

	for (size_t i = 0; i < w->attempt_count; i++)
		n += strcmp(w->attempts[i].recipient, recipient) == 0 &&
		     w->attempts[i].status == status;
	return n;
}

const struct attempt *
world_attempt(const struct world *w, const char *recipient, size_t n)
{
	for (size_t i = 0; i < w->attempt_count; i++) {
		if (strcmp(w->attempts[i].recipient, recipient) == 0 && n-- == 0)
			return &w->attempts[i];
	}
	fail_msg("%s: not so many attempts", recipient);
	return NULL;
}

uint64_t
world_random(struct world *w)
{
	w->random ^= w->random >> 12;
	w->random ^= w->random << 25;
	w->random ^= w->random >> 27;
	return (w->random * 2685821657736338717u) >> 11;
}

/* --- Commands --------------------------------------------------------------------------------- */

struct command {
	struct world *world;
	struct channel channel;
	struct control_rights rights;
};

static void
serve_command(void *arg)
{
	struct command *c = arg;
	struct channel_options o = { CHANNEL_QUEUE, "qmgr", 1, 0 };
	struct why why;

	if (channel_open_stream(&c->channel, &o, LONG_WAIT, &why) < 0)
		return;
	control_serve(c->world->qmgr, &c->channel, &c->rights);
	channel_close(&c->channel);
}

uint64_t
world_act(struct world *w, enum queue_action action, const char *id, bool may_act, char text[200])
{
	struct channel_options o = { CHANNEL_QUEUE, "postqueue", 1, 0 };
	struct command server = { .world = w, .rights = { may_act, may_act, may_act } };
	struct message_queue_ref ref = { .id = str_of(id) };
	struct message_queue_action a = { .action = action, .ids = &ref, .ids_count = 1 };
	struct message_queue_done done = { .count = 0 };
	struct message_failed failed;
	AUTO(arena) arena = ARENA_INIT((size_t)1024 * 1024);
	struct channel c;
	struct frame f;
	struct group g;
	struct why why;

	group_init(&g);
	stream_open_pair(&c.stream, &server.channel.stream, 1000);
	assert_int_equal(task_start(&g, "control", serve_command, &server), 0);
	assert_int_equal(channel_open_stream(&c, &o, LONG_WAIT, &why), 0);
	if (strcmp(id, "ALL") == 0 || strchr(id, '.') != NULL)
		a.ids_count = 0;
	if (strchr(id, '.') != NULL)
		a.site = str_of(id);
	assert_int_equal(channel_send_queue_action(&c, 7, &a, LONG_WAIT), 0);
	assert_int_equal(channel_receive(&c, &f, run_deadline(TICKS_HOUR)), 0);
	if (message_decode_failed(&f, NULL, &failed) == 0)
		snprintf(text, 200, "%.*s", STR_ARG(failed.text));
	else if (message_decode_queue_done(&f, &arena, &done) == 0)
		snprintf(text, 200, "%.*s",
		    STR_ARG(done.unknown_count != 0 ? STR("no such message") : done.text));
	else
		fail();
	channel_close(&c);
	assert_int_equal(group_wait(&g, LONG_WAIT), 0);
	return done.count;
}

void
answer_by_user(struct world *w, struct str address, struct message_outcome *out)
{
	(void)w;
	if (str_starts(address, STR("later"))) {
		out->status = OUTCOME_DEFERRED;
		out->dsn = STR("4.2.1");
		out->text = STR("mailbox full");
	} else if (str_starts(address, STR("never"))) {
		out->status = OUTCOME_BOUNCED;
		out->dsn = STR("5.1.1");
		out->text = STR("no such user");
	} else if (str_starts(address, STR("unreachable"))) {
		out->status = OUTCOME_DEFERRED;
		out->dsn = STR("4.4.1");
		out->text = STR("connection refused");
	}
}
