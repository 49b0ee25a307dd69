/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/service/worker_link.h"

static struct str
view(const char bytes[WORKER_MESSAGE_SIZE])
{
	return str_make(bytes, WORKER_MESSAGE_SIZE);
}

static void
reports_come_as_they_left(void **state)
{
	static const struct worker_report rows[] = {
		{ .sessions = 0 },
		{ .sessions = 1, .busy = true, .served = 2 },
		{ .sessions = 0x01020304, .draining = true, .served = 0x1122334455667788 },
		{ .sessions = UINT32_MAX,
		    .busy = true,
		    .full = true,
		    .draining = true,
		    .waiting = true,
		    .took_log = true,
		    .served = UINT64_MAX },
		{ .waiting = true },
		{ .full = true },
		{ .took_log = true },
	};
	char bytes[WORKER_MESSAGE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct worker_report out;

		worker_report_encode(&rows[i], bytes);
		assert_int_equal(worker_report_decode(view(bytes), &out), 0);
		assert_int_equal(out.sessions, rows[i].sessions);
		assert_int_equal(out.busy, rows[i].busy);
		assert_int_equal(out.draining, rows[i].draining);
		assert_int_equal(out.waiting, rows[i].waiting);
		assert_int_equal(out.full, rows[i].full);
		assert_int_equal(out.took_log, rows[i].took_log);
		assert_int_equal(out.served, rows[i].served);
	}
}

static void
orders_come_as_they_left(void **state)
{
	static const enum worker_order rows[] = { WORKER_DRAIN, WORKER_STOP, WORKER_LOG,
		WORKER_LOG_2, WORKER_STRESS, WORKER_EASE, WORKER_RETIRE };
	char bytes[WORKER_MESSAGE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum worker_order out;

		worker_order_encode(rows[i], bytes);
		assert_int_equal(worker_order_decode(view(bytes), &out), 0);
		assert_int_equal(out, rows[i]);
	}
}

/* One byte of a sound message is changed; byte 24 stands for a message that is cut short. */
static void
anything_else_is_refused(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		char value;
	} rows[] = {
		{ "magic", 0, 'X' },
		{ "kind", 4, 3 },
		{ "unknown flag", 12, 32 },
		{ "flags beyond a byte", 14, 1 },
		{ "too short", WORKER_MESSAGE_SIZE, 0 },
	};
	const struct worker_report report = { .sessions = 1 };
	char bytes[WORKER_MESSAGE_SIZE + 1];
	struct worker_report out;
	enum worker_order order;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool cut = rows[i].at == WORKER_MESSAGE_SIZE;

		worker_report_encode(&report, bytes);
		bytes[rows[i].at] = rows[i].value;
		if (worker_report_decode(str_make(bytes, WORKER_MESSAGE_SIZE - cut), &out) !=
		    ERR_PROTOCOL)
			fail_msg("%s: was taken", rows[i].name);
	}
	worker_report_encode(&report, bytes);
	assert_int_equal(worker_order_decode(view(bytes), &order), ERR_PROTOCOL);
	worker_order_encode(WORKER_STOP, bytes);
	assert_int_equal(worker_report_decode(view(bytes), &out), ERR_PROTOCOL);
	bytes[8] = 8; /* an order that there is not */
	assert_int_equal(worker_order_decode(view(bytes), &order), ERR_PROTOCOL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_come_as_they_left),
		cmocka_unit_test(orders_come_as_they_left),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
