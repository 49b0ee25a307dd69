/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue of a million in memory: what a message costs, how long it takes to build, to look through, to
 * schedule, and to find.
 *
 *	bench_queue [MESSAGES [RECIPIENTS]]        default 1000000 1
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/base/ticks.h"
#include "lib/sys/clock.h"
#include "qmgr/schedule.h"
#include "qmgr/queue.h"

#define DOMAINS        50000u
#define RECIPIENTS_MAX 100u

static uint64_t messages = 1000000, recipients = 1;

static void
print_rate(const char *what, int64_t began)
{
	double seconds = (double)(sys_clock_monotonic() - began) / 1e6;

	printf("%-40s %8.3f s %8.0f ns each\n", what, seconds, seconds * 1e9 / (double)messages);
}

static void
build(struct queue *q)
{
	struct envelope_recipient list[RECIPIENTS_MAX];
	char text[RECIPIENTS_MAX][40];

	for (uint64_t i = 0; i < messages; i++) {
		struct stored s = { .queue = SPOOL_DEFERRED,
			.id = queue_id_make((int64_t)i, 7),
			.envelope = { .sender = STR("newsletter@example.org"),
			    .recipients = list,
			    .recipients_count = (uint32_t)recipients } };
		struct message *m;

		for (uint32_t r = 0; r < recipients; r++) {
			unsigned domain = (unsigned)(i * 31 + r) % DOMAINS;

			snprintf(text[r], sizeof(text[r]), "user%u@domain%u.example",
			    (unsigned)i % 10000, domain);
			list[r].address = str_of(text[r]);
		}
		m = message_new(&s, &q->names);
		queue_add(q, m);
		queue_set_phase(q, m, MESSAGE_DEFERRED);
		queue_set_timer(q, m, (int64_t)(i % 4000) * TICKS_SECOND);
	}
}

static void
give_limits(void *context, struct str transport, struct transport_limits *out)
{
	(void)context;
	(void)transport;
	*out = (struct transport_limits){ .concurrency = 20, .initial = 5, .recipients = 50 };
}

static void
queue_all(struct queue *q, struct schedule *s)
{
	struct transport *t = schedule_transport(s, STR("smtp"));
	struct wheel_entry *e;

	while ((e = wheel_take_due(&q->wheel, 5000 * TICKS_SECOND)) != NULL) {
		struct message *m = CONTAINER_OF(e, struct message, timer);

		for (uint32_t r = 0; r < m->recipient_count; r++) {
			struct str domain = name_str(m->recipients[r].domain);

			schedule_add(schedule_site(t, domain, STR_NONE), m, r);
		}
	}
}

static uint64_t
deliver_all(struct schedule *s)
{
	struct transport *t = schedule_transport(s, STR("smtp"));
	struct batch b;
	uint64_t n = 0;

	while (schedule_take(t, &b)) {
		for (uint32_t i = 0; i < b.count; i++)
			message_set(b.message, b.indexes[i], RECIPIENT_DELIVERED);
		n += b.count;
		schedule_finish(&b, DELIVERY_DONE, STR_NONE, 0);
	}
	return n;
}

static uint64_t
look_through(const struct queue *q)
{
	struct map_cursor c = MAP_START;
	uint64_t open = 0;

	while (map_next(&q->by_id, &c))
		open += ((const struct message *)c.value)->open;
	return open;
}

static void
measure(void)
{
	const struct schedule_options options = { .limits = give_limits };
	size_t before = mallinfo2().uordblks;
	int64_t began = sys_clock_monotonic();
	struct schedule schedule;
	struct queue q;
	uint64_t open;

	queue_init(&q, 0);
	build(&q);
	print_rate("to build", began);
	printf("%-40s %8zu bytes\n", "a message", (mallinfo2().uordblks - before) / messages);
	began = sys_clock_monotonic();
	open = look_through(&q);
	print_rate("to look through", began);
	schedule_init(&schedule, &options, &q.names);
	began = sys_clock_monotonic();
	queue_all(&q, &schedule);
	print_rate("to queue at its destinations", began);
	began = sys_clock_monotonic();
	if (deliver_all(&schedule) != open)
		abort();
	print_rate("to schedule its deliveries", began);
	schedule_drop(&schedule);
	began = sys_clock_monotonic();
	queue_drop(&q);
	print_rate("to drop", began);
}

int
main(int argc, char **argv)
{
	if ((argc > 1 && num_parse(str_of(argv[1]), 100000000, &messages) < 0) ||
	    (argc > 2 && num_parse(str_of(argv[2]), RECIPIENTS_MAX, &recipients) < 0)) {
		fprintf(stderr, "usage: bench_queue [MESSAGES [RECIPIENTS]]\n");
		return EXIT_FAILURE;
	}
	measure();
	return EXIT_SUCCESS;
}
