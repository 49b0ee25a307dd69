/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages in memory: the index, counts, notes, shared texts, and what a message costs. */
#include <malloc.h>
#include <stdio.h>

#include "tests/unit/test.h"

#include "lib/base/mem.h"
#include "lib/base/ticks.h"
#include "lib/ipc/message.h"
#include "qmgr/notes.h"
#include "qmgr/queue.h"

static struct stored
make_stored(uint64_t number, struct envelope_recipient *recipients, uint32_t count)
{
	struct stored s = {
		.queue = SPOOL_DEFERRED,
		.id = queue_id_make((int64_t)number, 1),
		.envelope = { .sender = STR("sender@example.org"),
		    .arrival = 1,
		    .recipients = recipients,
		    .recipients_count = count },
		.content_length = 1000,
	};

	return s;
}

static void
test_names_are_shared_and_counted(void **state)
{
	struct names n = NAMES_INIT;
	struct name *a = names_take(&n, STR("example.com")), *b;

	(void)state;
	b = names_take(&n, STR("example.com"));
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, names_take(&n, STR("example.net")));
	assert_null(names_take(&n, STR("")));
	assert_str_is(name_str(a), "example.com");
	assert_str_is(name_str(NULL), "");
	names_give(&n, a);
	assert_int_equal(n.map.count, 2);
	names_give(&n, b);
	names_give(&n, NULL);
	assert_int_equal(n.map.count, 1);
	names_give(&n, map_find(&n.map, STR("example.net")));
	names_drop(&n);
}

static void
test_a_message_is_what_its_history_says(void **state)
{
	struct envelope_recipient recipients[] = { { .address = STR("a@x.example") },
		{ .address = STR("b@x.example") }, { .address = STR("postmaster") },
		{ .address = STR("\"odd@one\"@y.example") }, { .address = STR("c@x.example") } };
	struct history_result results[] = {
		{ .index = 0, .status = OUTCOME_DELIVERED, .attempts = 1, .text = STR("sent") },
		{ .index = 1, .status = OUTCOME_DEFERRED, .attempts = 3, .text = STR("full") },
		{ .index = 2,
		    .status = OUTCOME_BOUNCED,
		    .attempts = 70000,
		    .text = STR("unknown") },
		{ .index = 99, .status = OUTCOME_DELIVERED }, /* of no recipient */
		{ .index = 4, .status = 0 },                  /* released: to be tried again */
	};
	struct stored s = make_stored(5, recipients, ARRAY_LEN(recipients));
	struct names names = NAMES_INIT;
	AUTO(buf) address = BUF_INIT(MESSAGE_ADDRESS_MAX);
	struct message *m;

	(void)state;
	s.history = (struct history){ .results = results, .results_count = ARRAY_LEN(results) };
	m = message_new(&s, &names);
	assert_int_equal(m->open, 3);
	assert_int_equal(m->failed, 1);
	assert_int_equal(m->recipients[0].state, RECIPIENT_DELIVERED);
	assert_null(m->recipients[0].reason);
	assert_int_equal(m->recipients[1].attempts, 3);
	assert_str_is(name_str(m->recipients[1].reason), "full");
	assert_int_equal(m->recipients[2].attempts, UINT16_MAX);
	assert_null(m->recipients[2].domain);
	assert_str_is(message_sender(m), "sender@example.org");
	for (size_t i = 0; i < ARRAY_LEN(recipients); i++) {
		buf_clear(&address);
		message_address(m, &m->recipients[i], &address);
		assert_true(str_equal(buf_str(&address), recipients[i].address));
	}
	assert_ptr_equal(m->recipients[0].domain, m->recipients[4].domain);
	message_free(m, &names);
	assert_int_equal(names.map.count, 0);
	names_drop(&names);
}

/* Q3 */
static void
test_counts_follow_states(void **state)
{
	struct envelope_recipient recipients[] = { { .address = STR("a@x") } };
	struct stored s = make_stored(5, recipients, 1);
	static const struct {
		enum recipient_state state;
		uint32_t open, failed, queued, in_flight;
	} rows[] = {
		{ RECIPIENT_QUEUED, 1, 0, 1, 0 },
		{ RECIPIENT_IN_FLIGHT, 1, 0, 0, 1 },
		{ RECIPIENT_FAILED, 0, 1, 0, 0 },
		{ RECIPIENT_WAITS, 1, 0, 0, 0 },
		{ RECIPIENT_DELIVERED, 0, 0, 0, 0 },
	};
	struct names names = NAMES_INIT;
	struct message *m = message_new(&s, &names);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		message_set(m, 0, rows[i].state);
		assert_int_equal(m->open, rows[i].open);
		assert_int_equal(m->failed, rows[i].failed);
		assert_int_equal(m->queued, rows[i].queued);
		assert_int_equal(m->in_flight, rows[i].in_flight);
		assert_int_equal(message_is_idle(m), rows[i].queued + rows[i].in_flight == 0);
	}
	message_free(m, &names);
	names_drop(&names);
}

static void
test_the_index_finds_what_is_on_disk(void **state)
{
	struct envelope_recipient recipients[] = { { .address = STR("a@x") } };
	struct stored s = make_stored(5, recipients, 1);
	struct queue q;
	struct message *m;

	(void)state;
	queue_init(&q, 0);
	m = message_new(&s, &q.names);
	assert_null(queue_find(&q, queue_id_str(&s.id)));
	queue_add(&q, m);
	queue_set_phase(&q, m, MESSAGE_READY);
	assert_string_equal(message_queue_name(m), "incoming");
	queue_set_phase(&q, m, MESSAGE_ACTIVE);
	assert_true(list_is_empty(&q.ready));
	assert_string_equal(message_queue_name(m), "active");
	queue_set_phase(&q, m, MESSAGE_DEFERRED);
	queue_set_timer(&q, m, 100 * TICKS_SECOND);
	queue_set_timer(&q, m, 50 * TICKS_SECOND); /* in place of the other */
	assert_null(wheel_take_due(&q.wheel, 49 * TICKS_SECOND));
	assert_ptr_equal(wheel_take_due(&q.wheel, 51 * TICKS_SECOND), &m->timer);
	queue_set_timer(&q, m, 100 * TICKS_SECOND);
	queue_forget(&q, m);
	assert_null(wheel_take_due(&q.wheel, 200 * TICKS_SECOND));
	/* Until it is removed from the disk, a recovery may still see it. */
	assert_ptr_equal(queue_find(&q, queue_id_str(&s.id)), m);
	queue_removed(&q, m);
	assert_null(queue_find(&q, queue_id_str(&s.id)));
	message_free(m, &q.names);
	queue_drop(&q);
}

/* --- Notes ------------------------------------------------------------------------------------ */

static void
test_notes_are_clean_and_one_for_each_recipient(void **state)
{
	struct history_result first = {
		.index = 3, .status = OUTCOME_DEFERRED, .dsn = STR("4.0.0")
	};
	struct history_result second = { .index = 3, .status = OUTCOME_DELIVERED };
	struct history_result other = { .index = 1, .status = OUTCOME_DEFERRED };
	struct notes *n = NULL, *taken;
	struct history h = { .next = 0 };
	char longest[2000];

	(void)state;
	notes_list(NULL, &h);
	assert_int_equal(h.results_count, 0);
	assert_false(notes_are_final(NULL));
	memset(longest, 'x', sizeof(longest));
	first.text = STR("two\r\nlines\x7f");
	other.text = str_make(longest, sizeof(longest));
	notes_add(&n, &first);
	notes_add(&n, &other);
	assert_false(notes_are_final(n));
	/* They are being written, and the outcome changes meanwhile; then the write fails. */
	taken = n;
	n = NULL;
	notes_add(&n, &second);
	notes_put_back(&n, taken);
	notes_list(n, &h);
	assert_int_equal(h.results_count, 2);
	assert_true(notes_are_final(n));
	for (uint32_t i = 0; i < 2; i++) {
		if (h.results[i].index == 3)
			assert_int_equal(h.results[i].status, OUTCOME_DELIVERED);
		else
			assert_int_equal(h.results[i].text.n, 1024);
	}
	notes_put_back(&n, NULL);
	notes_free(n);
	n = NULL;
	notes_add(&n, &first);
	notes_list(n, &h);
	assert_str_is(h.results[0].text, "two  lines ");
	taken = n;
	n = NULL;
	notes_put_back(&n, taken);
	assert_ptr_equal(n, taken);
	notes_free(n);
}

/* --- What it costs ---------------------------------------------------------------------------- */

#define MESSAGES 20000

static size_t
memory_in_use(void)
{
	return mallinfo2().uordblks;
}

/* The aims of the design: 250 bytes a message and 60 a recipient, with what malloc adds. */
static void
test_a_message_costs_little(void **state)
{
	struct envelope_recipient recipients[20];
	char text[20][40];
	size_t before, one = 0, many = 0;
	struct queue q;

	(void)state;
#ifdef ENABLE_SANITIZERS
	skip(); /* their malloc counts otherwise */
#endif
	queue_init(&q, 0);
	for (uint32_t count = 1; count <= 20; count += 19) {
		before = memory_in_use();
		for (uint64_t i = 0; i < MESSAGES; i++) {
			struct stored s;
			struct message *m;

			for (uint32_t r = 0; r < count; r++) {
				snprintf(text[r], sizeof(text[r]), "user%u@domain%u.example", r,
				    (unsigned)(i % 1000));
				recipients[r].address = str_of(text[r]);
			}
			s = make_stored(i * 2 + count, recipients, count);
			m = message_new(&s, &q.names);
			queue_add(&q, m);
			queue_set_phase(&q, m, MESSAGE_DEFERRED);
			queue_set_timer(&q, m, 1000 * TICKS_SECOND);
		}
		if (count == 1)
			one = (memory_in_use() - before) / MESSAGES;
		else
			many = (memory_in_use() - before) / MESSAGES;
	}
	print_message("%zu bytes with one recipient, %zu with 20\n", one, many);
	assert_in_range((many - one) / 19, 1, 60);
	assert_in_range(one - (many - one) / 19, 1, 250);
	queue_drop(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_shared_and_counted),
		cmocka_unit_test(test_a_message_is_what_its_history_says),
		cmocka_unit_test(test_counts_follow_states),
		cmocka_unit_test(test_the_index_finds_what_is_on_disk),
		cmocka_unit_test(test_notes_are_clean_and_one_for_each_recipient),
		cmocka_unit_test(test_a_message_costs_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
