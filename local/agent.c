/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One task reads a channel, and starts one for each request. When the process is to end, requests
 * that come are refused (the queue manager gives them to our successor), and a session closes when
 * its last answer has left: a request that was begun is never given up.
 */
#include "local/agent.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/ipc/channel.h"
#include "lib/run/run.h"
#include "lib/service/accounts.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "local/outcome_filter.h"

#define CAPACITY   100 /* requests of one channel at once */
#define HELLO_MAX  (10 * TICKS_SECOND)
#define ANSWER_MAX (60 * TICKS_SECOND)
#define ARENA_MAX  ((size_t)64 * 1024)

static struct {
	const struct agent_program *program;
	uid_t mail_owner;
	struct table_list filter;
	struct list sessions;
	bool is_draining;
} agent;

struct session {
	struct list in_agent;
	struct channel channel;
	struct group reader; /* of one task */
	struct group deliveries;
	struct cond ended; /* a delivery has */
	unsigned count;    /* of deliveries */
};

struct delivery {
	struct session *session;
	struct request *request;
};

int
agent_open(const struct config *c, const struct agent_program *p, struct why *why)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_MAX);
	struct accounts accounts;
	int result = accounts_find(c, &arena, &accounts, why);

	if (result < 0)
		return result;
	agent.program = p;
	agent.mail_owner = accounts.mail.uid;
	list_init(&agent.sessions);
	return table_list_open(
	    &agent.filter, config_text(c, p->filter), TABLE_FOLD | TABLE_LATE, why);
}

void
agent_close(void)
{
	table_list_close(&agent.filter);
}

void
agent_conclude(const struct request *q, struct str to, struct str orig_to, struct outcome *o)
{
	if (agent.filter.count != 0)
		outcome_filter(&agent.filter, o);
	request_log(q, agent.program->name, to, orig_to, o);
}

/* --- One request --------------------------------------------------------------------------- */

PARKS static void
answer(struct delivery *d)
{
	struct request *q = d->request;
	uint32_t count = q->deliver.recipients_count;
	struct message_delivered m = { .outcomes_count = count };
	int result;

	if (count != 0)
		m.outcomes = ARENA_ARRAY(&q->arena, struct message_outcome, count);
	for (uint32_t i = 0; i < count; i++) {
		m.outcomes[i] = (struct message_outcome){
			.index = i,
			.status = q->outcomes[i].status,
			.dsn = str_of(q->outcomes[i].dsn),
			.text = str_of(q->outcomes[i].text),
			.relay = str_of(agent.program->name),
		};
	}
	result =
	    channel_send_delivered(&d->session->channel, q->number, &m, run_deadline(ANSWER_MAX));
	if (result < 0)
		log_warning("%.*s: the queue manager did not hear what became of it: %s",
		    STR_ARG(q->deliver.queue_id), err_text(result));
}

PARKS static void
deliver(void *arg)
{
	struct delivery *d = arg;
	struct session *s = d->session;

	FAULT_POINT("agent.received");
	for (uint32_t i = 0; i < d->request->deliver.recipients_count; i++)
		agent.program->deliver(d->request, i);
	FAULT_POINT("agent.delivered");
	answer(d);
	FAULT_POINT("agent.replied");
	request_free(d->request);
	mem_free(d);
	s->count--;
	cond_broadcast(&s->ended);
}

PARKS static int
refuse(struct session *s, uint32_t number)
{
	struct message_failed m = { .temporary = 1, .text = STR("this process is about to end") };

	return channel_send_failed(&s->channel, number, &m, run_deadline(ANSWER_MAX));
}

/* --- One channel --------------------------------------------------------------------------- */

PARKS static int
take_request(struct session *s, const struct frame *f)
{
	int fd = channel_take_fd(&s->channel);
	struct request *q;
	struct delivery *d;

	if (f->number != MESSAGE_NUMBER_deliver || s->count == CAPACITY || agent.is_draining) {
		sys_close(fd);
		return f->number == MESSAGE_NUMBER_deliver ? refuse(s, f->request) : ERR_PROTOCOL;
	}
	q = request_new(f, fd, run_wall());
	if (q == NULL)
		return ERR_PROTOCOL;
	d = NEW(struct delivery);
	*d = (struct delivery){ .session = s, .request = q };
	if (task_start(&s->deliveries, agent.program->name, deliver, d) == 0) {
		s->count++;
		return 0;
	}
	request_free(q);
	mem_free(d);
	return refuse(s, f->request);
}

PARKS static void
read_requests(void *arg)
{
	struct session *s = arg;
	struct frame f;
	int result;

	do {
		result = channel_receive(&s->channel, &f, TICKS_NEVER);
		if (result == 0)
			result = take_request(s, &f);
	} while (result == 0);
	if (!channel_peer_went(result))
		log_warning("the channel of the queue manager broke: %s", err_text(result));
	cond_broadcast(&s->ended);
}

/* Until the other end has gone, or we are to go, and nothing is being delivered. */
PARKS static void
wait_for_end(struct session *s)
{
	int result = 0;

	while (s->count != 0 || (s->reader.count != 0 && !agent.is_draining)) {
		if (result == ERR_CANCELLED) {
			group_cancel(&s->deliveries);
			result = group_wait(&s->deliveries, TICKS_NEVER);
			break;
		}
		result = cond_wait(&s->ended, TICKS_NEVER);
	}
}

PARKS static void
run_session(struct session *s)
{
	group_init(&s->reader);
	group_init(&s->deliveries);
	cond_init(&s->ended);
	list_append(&agent.sessions, &s->in_agent);
	if (task_start(&s->reader, "agent reader", read_requests, s) == 0)
		wait_for_end(s);
	list_remove(&s->in_agent);
	group_end(&s->reader);
	group_end(&s->deliveries);
	if (channel_flush(&s->channel, run_deadline(ANSWER_MAX)) < 0)
		log_warning("the queue manager went before it had all answers");
}

void
agent_serve(struct client *client)
{
	struct channel_options options = {
		.protocol = CHANNEL_DELIVER,
		.program = agent.program->name,
		.capacity = CAPACITY,
	};
	struct why why = WHY_INIT;
	struct session *s;
	int result = channel_check_peer(client->fd, &agent.mail_owner, 1, &why);

	if (result < 0) {
		log_warning("a client was refused: %s", why.text);
		sys_close(client->fd);
		return;
	}
	s = NEW(struct session);
	result = channel_open(&s->channel, client->fd, &options, run_deadline(HELLO_MAX), &why);
	if (result < 0) {
		if (!channel_peer_went(result))
			log_warning("a client cannot be served: %s", why.text);
		mem_free(s);
		return;
	}
	run_session(s);
	channel_close(&s->channel);
	mem_free(s);
}

void
agent_drain(void)
{
	agent.is_draining = true;
	LIST_EACH (it, &agent.sessions)
		cond_broadcast(&CONTAINER_OF(it, struct session, in_agent)->ended);
}
