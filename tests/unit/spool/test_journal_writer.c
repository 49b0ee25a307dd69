/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal's writer: S1 to S5, S12, batches, rotation, failures. */
#include "tests/unit/spool/spool_test.h"

/* --- What is on disk ------------------------------------------------------------------------- */

/* Reads a record as qmgr would. */
static void
assert_stored(const struct queue_id *segment, uint64_t position, uint64_t length,
    const struct queue_id *id, const char *content)
{
	AUTO(arena) arena = ARENA_INIT((size_t)4 * 1024 * 1024);
	struct journal j;
	struct segment *s;
	struct stored m;
	struct str body;

	journal_init(&j);
	assert_int_equal(journal_open_segment(&j, queue_id_str(segment), &s), 0);
	assert_int_equal(segment_read(s, position, length, &arena, &m, &body), 0);
	assert_str_is(queue_id_str(&m.id), id->text);
	assert_str_is(m.envelope.sender, "sender@example.org");
	assert_str_is(body, content);
	journal_drop(&j);
}

static void
run_commit(void *arg)
{
	struct journal_writer w;
	struct queue_id_source ids;
	struct queue_id a, b;
	struct told told;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	assert_int_equal(count_files("journal", ""), 0);
	a = commit_one(&w, &ids, STR("one\r\n"));
	assert_int_equal(told.committed_count, 1);
	b = commit_one(&w, &ids, STR(""));
	assert_int_equal(told.committed_count, 2);
	assert_int_equal(count_files("journal", ".seg"), 1);
	assert_int_equal(told.committed[0].position, 0);
	assert_int_equal(told.committed[1].position, told.committed[0].length);
	assert_stored(&told.committed[0].segment, 0, told.committed[0].length, &a, "one\r\n");
	assert_stored(&told.committed[1].segment, told.committed[1].position,
	    told.committed[1].length, &b, "");
	journal_writer_close(&w);
	assert_int_equal(told.closed_count, 1);
	assert_int_equal(
	    told.closed[0].length, told.committed[1].position + told.committed[1].length);
}

static void
test_commits_before_it_answers(void **state)
{
	(void)state;
	in_spool(run_commit, NULL);
}

/* --- Batches --------------------------------------------------------------------------------- */

struct sender {
	struct journal_writer *w;
	struct queue_id_source *ids;
	unsigned messages;
	int result; /* of the last append */
	unsigned committed;
};

static void
run_sender(void *arg)
{
	struct sender *s = arg;

	for (unsigned i = 0; i < s->messages; i++) {
		struct queue_id id = queue_id_next(s->ids, run_wall());
		struct why why;

		journal_expect(s->w, 1);
		s->result = journal_append(s->w, make_draft(&id, STR("content\r\n")), &why);
		journal_expect(s->w, -1);
		s->committed += s->result == 0;
	}
}

static void
run_group_commit(void *arg)
{
	enum { SENDERS = 100 };
	struct sender senders[SENDERS];
	struct journal_writer w;
	struct queue_id_source ids;
	struct told told;
	struct group g;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	group_init(&g);
	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){ .w = &w, .ids = &ids, .messages = 5 };
		assert_int_equal(task_start(&g, "sender", run_sender, &senders[i]), 0);
	}
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_int_equal(w.messages, SENDERS * 5);
	assert_int_equal(told.committed_count, SENDERS * 5);
	assert_in_range(w.batches, 1, SENDERS * 5 / 10);
	for (unsigned i = 1; i < told.committed_count; i++)
		assert_int_equal(told.committed[i].position,
		    told.committed[i - 1].position + told.committed[i - 1].length);
	journal_writer_close(&w);
}

static void
test_one_sync_for_many(void **state)
{
	(void)state;
	in_spool(run_group_commit, NULL);
	in_real(run_group_commit, NULL);
}

static void
run_alone(void *arg)
{
	struct journal_writer w;
	struct queue_id_source ids;
	struct told told;
	int64_t start;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	/* Nobody else: no wait. */
	start = run_now();
	(void)commit_one(&w, &ids, STR("x"));
	assert_true(run_now() == start);
	/* Four that never come: one wait in vain, then none for a while. */
	journal_expect(&w, 4);
	(void)commit_one(&w, &ids, STR("x"));
	assert_true(run_now() - start == 3 * TICKS_MS);
	start = run_now();
	(void)commit_one(&w, &ids, STR("x"));
	assert_true(run_now() == start);
	journal_writer_close(&w);
}

static void
test_waits_only_for_company(void **state)
{
	(void)state;
	in_spool(run_alone, NULL);
}

/* --- Segments -------------------------------------------------------------------------------- */

static void
run_rotation(void *arg)
{
	static char big[600 * 1024];
	struct journal_writer w;
	struct queue_id_source ids;
	struct told told;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	w.options.segment_size = 1024 * 1024;
	(void)commit_one(&w, &ids, str_make(big, sizeof(big)));
	(void)commit_one(&w, &ids, str_make(big, sizeof(big)));
	assert_int_equal(told.closed_count, 0);
	(void)commit_one(&w, &ids, STR("by size"));
	assert_int_equal(told.closed_count, 1);
	assert_int_equal(told.committed[2].position, 0);

	assert_int_equal(task_sleep(run_deadline(30 * TICKS_SECOND)), 0);
	assert_int_equal(told.closed_count, 1);
	(void)commit_one(&w, &ids, STR("by age"));
	assert_int_equal(told.closed_count, 2);

	journal_rotate(&w);
	assert_int_equal(task_yield(), 0);
	assert_int_equal(told.closed_count, 3);
	(void)commit_one(&w, &ids, STR("by wish"));
	assert_int_equal(count_files("journal", ".seg"), 4);
	journal_writer_close(&w);
	assert_int_equal(told.closed_count, 4);
}

static void
test_rotates(void **state)
{
	(void)state;
	in_spool(run_rotation, NULL);
}

/* S12: the lock is held as long as anything may follow. */
static void
run_lock(void *arg)
{
	struct journal_writer w;
	struct queue_id_source ids;
	struct told told;
	struct journal j;
	struct segment *s;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	(void)commit_one(&w, &ids, STR("x"));
	journal_init(&j);
	assert_int_equal(journal_open_segment(&j, queue_id_str(&told.committed[0].segment), &s), 0);
	assert_int_equal(segment_is_live(s), 1);
	journal_writer_close(&w);
	assert_int_equal(segment_is_live(s), 0);
	journal_drop(&j);
}

static void
test_holds_the_lock(void **state)
{
	(void)state;
	in_spool(run_lock, NULL);
}

static void
test_takes(void **state)
{
	(void)state;
	assert_true(journal_takes(100, 65536));
	assert_true(journal_takes(RECORD_JOURNAL_MAX - 72 - 8, 8));
	assert_false(journal_takes(RECORD_JOURNAL_MAX - 72, 8));
	assert_false(journal_takes(SIZE_MAX, 8));
	assert_false(journal_takes(8, SIZE_MAX));
}

/* --- Failures (S4) --------------------------------------------------------------------------- */

#ifdef ENABLE_FAULTS

struct failure {
	const char *name;
	const char *rules;
	int result;
	unsigned batches; /* that came as far as the segment */
};

static uint64_t
file_size(const struct queue_id *segment)
{
	char path[SPOOL_PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "journal/%s.seg", segment->text);
	return stat(path, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

static void
run_failure(void *arg)
{
	const struct failure *f = arg;
	struct sender senders[3];
	struct journal_writer w;
	struct queue_id_source ids;
	struct told told;
	struct queue_id before;
	struct group g;

	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	before = commit_one(&w, &ids, STR("before"));
	fault_rules(f->rules);
	group_init(&g);
	for (unsigned i = 0; i < 3; i++) {
		senders[i] = (struct sender){ .w = &w, .ids = &ids, .messages = 1 };
		assert_int_equal(task_start(&g, "sender", run_sender, &senders[i]), 0);
	}
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	for (unsigned i = 0; i < 3; i++) {
		if (senders[i].result != f->result)
			fail_msg("%s: sender %u got %d", f->name, i, senders[i].result);
	}
	assert_int_equal(told.failed_count, 1);
	assert_int_equal(told.committed_count, 1);
	/* The segment is over; what was good in it is all that is left. */
	assert_int_equal(told.closed_count, 1);
	assert_int_equal(told.closed[0].length, told.committed[0].length);
	assert_int_equal(file_size(&told.closed[0].segment), told.committed[0].length);
	assert_stored(&told.closed[0].segment, 0, told.committed[0].length, &before, "before");
	fault_rules(NULL);
	(void)commit_one(&w, &ids, STR("after"));
	assert_int_equal(told.committed[1].position, 0);
	journal_writer_close(&w);
}

static void
test_failures(void **state)
{
	static struct failure rows[] = {
		{ "disk full", "fail:write:ENOSPC:1-", ERR_FULL },
		{ "quota", "fail:write:EDQUOT:1-", ERR_FULL },
		{ "write error", "fail:write:EIO:1-", -EIO },
		{ "short, then full", "fail:write:SHORT:1 fail:write:ENOSPC:2-", ERR_FULL },
		{ "sync error", "fail:sync:EIO:1-", -EIO },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		in_spool(run_failure, &rows[i]);
		assert_int_equal(spool_teardown(state), 0);
		assert_int_equal(spool_setup(state), 0);
	}
}

static void
run_no_segment(void *arg)
{
	const struct failure *f = arg;
	struct sender sender;
	struct journal_writer w;
	struct queue_id_source ids;
	struct told told;

	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	fault_rules(f->rules);
	sender = (struct sender){ .w = &w, .ids = &ids, .messages = 1 };
	run_sender(&sender);
	fault_rules(NULL);
	if (sender.result != f->result || told.closed_count != 0 || w.batches != f->batches)
		fail_msg("%s: %d", f->name, sender.result);
	assert_int_equal(count_files("journal", ""), 0);
	(void)commit_one(&w, &ids, STR("after"));
	journal_writer_close(&w);
	assert_int_equal(told.committed_count, 1);
}

static void
test_no_segment_to_be_had(void **state)
{
	static struct failure rows[] = {
		{ "no descriptor", "fail:open:EMFILE:1", -EMFILE, 0 },
		{ "no lock", "fail:lock:EIO:1", -EIO, 0 },
		{ "no name", "fail:rename:EIO:1", -EIO, 0 },
		{ "folder not synced", "fail:sync:EIO:1", -EIO, 0 },
		{ "first write", "fail:write:ENOSPC:1", ERR_FULL, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		in_spool(run_no_segment, &rows[i]);
		assert_int_equal(spool_teardown(state), 0);
		assert_int_equal(spool_setup(state), 0);
	}
}

static void
run_short_writes(void *arg)
{
	struct journal_writer w;
	struct queue_id_source ids;
	struct queue_id id;
	struct told told;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	fault_rules("fail:write:SHORT:1-5");
	id = commit_one(&w, &ids, STR("some content that is cut often\r\n"));
	fault_rules(NULL);
	assert_stored(&told.committed[0].segment, 0, told.committed[0].length, &id,
	    "some content that is cut often\r\n");
	journal_writer_close(&w);
}

static void
test_short_writes_are_finished(void **state)
{
	(void)state;
	in_spool(run_short_writes, NULL);
}

#endif

/* --- Cancelled senders (S5) ------------------------------------------------------------------ */

static void
run_cancelled(void *arg)
{
	struct sender sender;
	struct journal_writer w;
	struct queue_id_source ids;
	struct told told;
	struct group g;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	sender = (struct sender){ .w = &w, .ids = &ids, .messages = 1 };
	group_init(&g);
	assert_int_equal(task_start(&g, "sender", run_sender, &sender), 0);
	assert_int_equal(task_yield(), 0);
	group_cancel(&g);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_int_equal(sender.result, ERR_CANCELLED);
	journal_writer_close(&w);
	assert_int_equal(told.committed_count, 1);
}

static void
test_cancelled_sender(void **state)
{
	(void)state;
	in_spool(run_cancelled, NULL);
	in_real(run_cancelled, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		spool_test(test_commits_before_it_answers),
		spool_test(test_one_sync_for_many),
		spool_test(test_waits_only_for_company),
		spool_test(test_rotates),
		spool_test(test_holds_the_lock),
		cmocka_unit_test(test_takes),
#ifdef ENABLE_FAULTS
		spool_test(test_failures),
		spool_test(test_no_segment_to_be_had),
		spool_test(test_short_writes_are_finished),
#endif
		spool_test(test_cancelled_sender),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
