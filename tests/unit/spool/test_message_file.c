/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages with files of their own: writing, promoting, histories, moves (S1, S6, S14, S18, S21, S22). */
#include "tests/unit/spool/spool_test.h"

#include "lib/base/crc32c.h"

#define CAP ((size_t)64 * 1024 * 1024)

static char *
read_content(const struct stored *m)
{
	char *p = mem_new((size_t)m->content_length + 1);
	struct why why;
	int fd;

	assert_int_equal(message_open(m, true, &fd, &why), 0);
	assert_int_equal(pread(fd, p, (size_t)m->content_length, (off_t)m->content_offset),
	    (ssize_t)m->content_length);
	close(fd);
	return p;
}

/* --- Streaming to a file --------------------------------------------------------------------- */

static void
write_file(const struct queue_id *id, const char *content, size_t size, size_t piece)
{
	AUTO(file_writer) f;
	AUTO(buf) envelope = BUF_INIT(ENVELOPE_MAX);
	struct envelope_recipient recipient;
	struct envelope e = make_envelope(id, &recipient);
	struct why why;

	assert_int_equal(envelope_encode(&e, &envelope), 0);
	file_writer_init(&f, id);
	assert_int_equal(file_writer_open(&f, &why), 0);
	assert_int_equal(count_files("incoming", ".tmp"), 1);
	for (size_t i = 0; i < size; i += piece) {
		size_t n = size - i < piece ? size - i : piece;

		assert_int_equal(file_writer_add(&f, str_make(content + i, n), &why), 0);
		assert_int_equal(file_writer_size(&f), i + n);
	}
	assert_int_equal(file_writer_commit(&f, buf_str(&envelope), &why), 0);
	assert_int_equal(count_files("incoming", ".tmp"), 0);
}

static void
run_stream(void *arg)
{
	static const struct {
		size_t size;
		size_t piece;
	} rows[] = {
		{ 0, 1 },
		{ 1, 1 },
		{ 8, 8 },
		{ 100001, 7 },
		{ 300000, 65536 },
		{ 128 * 1024, 128 * 1024 },
		{ 1000000, 400000 },
		{ 128 * 1024 * 2, 128 * 1024 - 1 },
	};
	struct queue_id_source ids;
	char *content = mem_new(1000000);

	(void)arg;
	queue_id_source_init(&ids, 1);
	for (size_t i = 0; i < 1000000; i++)
		content[i] = (char)(i * 2654435761u >> 13);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(arena) arena = ARENA_INIT(CAP);
		struct queue_id id = queue_id_next(&ids, WALL);
		struct stored m;
		struct why why;
		char *back;

		write_file(&id, content, rows[i].size, rows[i].piece);
		assert_int_equal(message_load(SPOOL_INCOMING, &id, &arena, &m, &why), 0);
		assert_str_is(m.envelope.sender, "sender@example.org");
		assert_int_equal(m.content_length, rows[i].size);
		back = read_content(&m);
		assert_memory_equal(back, content, rows[i].size);
		mem_free(back);
	}
	mem_free(content);
}

static void
test_streams(void **state)
{
	(void)state;
	in_spool(run_stream, NULL);
	in_real(run_stream, NULL);
}

static void
run_aborted(void *arg)
{
	struct queue_id id = queue_id_make(WALL, 1);
	struct file_writer f;
	struct why why;

	(void)arg;
	file_writer_init(&f, &id);
	file_writer_drop(&f);
	file_writer_init(&f, &id);
	assert_int_equal(file_writer_open(&f, &why), 0);
	assert_int_equal(file_writer_add(&f, STR("some"), &why), 0);
	file_writer_drop(&f);
	assert_int_equal(count_files("incoming", ""), 0);
}

static void
test_aborted_leaves_nothing(void **state)
{
	(void)state;
	in_spool(run_aborted, NULL);
}

/* --- Promotion, updates, moves --------------------------------------------------------------- */

static struct history
deferred_once(struct history_result *r)
{
	*r = (struct history_result){ .index = 0,
		.status = 2,
		.attempts = 1,
		.time = WALL,
		.dsn = STR("4.4.1"),
		.text = STR("connection refused"),
		.relay = STR("mx[192.0.2.1]:25") };
	return (struct history){
		.written = WALL, .next = WALL + TICKS_HOUR, .results = r, .results_count = 1
	};
}

/* One message of a new journal, promoted to `queue`. */
static struct stored
promote_one(enum spool_queue queue, struct arena *arena)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct journal j;
	struct segment *s;
	struct stored m;
	struct history_result r;
	struct history h = deferred_once(&r);
	struct why why;

	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, 1, &told);
	journal_init(&j);
	assert_int_equal(journal_open_segment(&j, queue_id_str(&name), &s), 0);
	assert_int_equal(segment_read(s, 0, told.committed[0].length, arena, &m, NULL), 0);
	assert_int_equal(message_promote(s, &m, queue, &h, &why), 0);
	journal_drop(&j);
	return m;
}

static void
run_promote(void *arg)
{
	AUTO(arena) arena = ARENA_INIT(CAP);
	struct stored m = promote_one(SPOOL_DEFERRED, &arena), back;
	char path[SPOOL_PATH_MAX], *content;
	struct stat st;
	struct why why;

	(void)arg;
	assert_int_equal(m.queue, SPOOL_DEFERRED);
	assert_int_equal(message_load(SPOOL_DEFERRED, &m.id, &arena, &back, &why), 0);
	assert_true(str_equal(back.envelope_bytes, m.envelope_bytes));
	assert_int_equal(back.end, m.end);
	assert_int_equal(back.history_start, m.history_start);
	assert_true(back.next == WALL + TICKS_HOUR);
	assert_int_equal(back.history.results_count, 1);
	assert_str_is(back.history.results[0].text, "connection refused");
	content = read_content(&back);
	assert_string_equal(content, "message 0\r\n");
	mem_free(content);
	content = read_content(&m);
	assert_string_equal(content, "message 0\r\n");
	mem_free(content);
	spool_message_path(SPOOL_DEFERRED, &m.id, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal((int64_t)st.st_mtime * TICKS_SECOND, WALL + TICKS_HOUR);
}

static void
test_promotes(void **state)
{
	(void)state;
	in_spool(run_promote, NULL);
}

static void
run_updates(void *arg)
{
	AUTO(arena) arena = ARENA_INIT(CAP);
	struct stored m = promote_one(SPOOL_DEFERRED, &arena), back;
	struct history_result r;
	struct history h = deferred_once(&r);
	struct why why;

	(void)arg;
	for (unsigned i = 2; i < 5; i++) {
		r.attempts = i;
		h.next += TICKS_HOUR;
		assert_int_equal(message_update(&m, &h, SPOOL_DEFERRED, i == 3, &why), 0);
		assert_int_equal(message_load(SPOOL_DEFERRED, &m.id, &arena, &back, &why), 0);
		assert_int_equal(back.history.results[0].attempts, i);
		assert_int_equal(back.end, m.end);
		assert_true(back.next == h.next && m.next == h.next);
	}
	assert_int_equal(message_update(&m, &h, SPOOL_HOLD, true, &why), 0);
	assert_int_equal(m.queue, SPOOL_HOLD);
	assert_int_equal(message_load(SPOOL_DEFERRED, &m.id, &arena, &back, &why), -ENOENT);
	assert_int_equal(message_load(SPOOL_HOLD, &m.id, &arena, &back, &why), 0);
	assert_int_equal(message_move(&m, SPOOL_DEFERRED, &why), 0);
	assert_int_equal(message_load(SPOOL_DEFERRED, &m.id, &arena, &back, &why), 0);
	assert_int_equal(back.history.results[0].attempts, 4);
}

static void
test_updates_and_moves(void **state)
{
	(void)state;
	in_spool(run_updates, NULL);
}

static void
run_many_recipients(void *arg)
{
	enum { RECIPIENTS = 2500 };
	AUTO(arena) arena = ARENA_INIT(CAP);
	struct envelope_recipient *recipients =
	    mem_array(RECIPIENTS, sizeof(struct envelope_recipient));
	struct history_result *results = mem_array(RECIPIENTS, sizeof(struct history_result));
	struct history h = { .next = WALL, .results = results, .results_count = RECIPIENTS };
	struct queue_id id = queue_id_make(WALL, 9);
	struct envelope e = { .queue_id = queue_id_str(&id),
		.recipients = recipients,
		.recipients_count = RECIPIENTS };
	AUTO(buf) envelope = BUF_INIT(ENVELOPE_MAX);
	struct stored m;
	struct why why;
	uint64_t largest = 0;
	AUTO(file_writer) f;

	(void)arg;
	for (uint32_t i = 0; i < RECIPIENTS; i++) {
		recipients[i].address = STR("somebody@example.com");
		results[i] = (struct history_result){ .index = i,
			.status = 2,
			.text = STR("a text of some length, as peers give them") };
	}
	assert_int_equal(envelope_encode(&e, &envelope), 0);
	file_writer_init(&f, &id);
	assert_int_equal(file_writer_open(&f, &why), 0);
	assert_int_equal(file_writer_add(&f, STR("content\r\n"), &why), 0);
	assert_int_equal(file_writer_commit(&f, buf_str(&envelope), &why), 0);
	assert_int_equal(message_load(SPOOL_INCOMING, &id, &arena, &m, &why), 0);
	for (uint32_t i = 1; i <= 20; i++) {
		char *content;

		for (uint32_t k = 0; k < RECIPIENTS; k++)
			results[k].attempts = i;
		assert_int_equal(message_update(&m, &h, SPOOL_DEFERRED, false, &why), 0);
		arena_drop(&arena);
		assert_int_equal(message_load(SPOOL_DEFERRED, &id, &arena, &m, &why), 0);
		assert_int_equal(m.history.results_count, RECIPIENTS);
		assert_int_equal(m.history.results[RECIPIENTS - 1].attempts, i);
		content = read_content(&m);
		assert_string_equal(content, "content\r\n");
		mem_free(content);
		largest = m.end > largest ? m.end : largest;
	}
	/* Twenty histories of a quarter of a megabyte: the file was written anew in between. */
	assert_in_range(m.end - m.history_start, 200000, 3000000);
	assert_in_range(largest, 1500000, 4500000);
	mem_free(results);
	mem_free(recipients);
}

static void
test_histories_do_not_pile_up(void **state)
{
	(void)state;
	in_spool(run_many_recipients, NULL);
}

/* --- Damage ---------------------------------------------------------------------------------- */

/* S18: a history cut anywhere gives the ones before it, and the next is put in its place. */
static void
run_torn_history(void *arg)
{
	AUTO(arena) arena = ARENA_INIT(CAP);
	struct stored m = promote_one(SPOOL_DEFERRED, &arena), back;
	struct history_result r;
	struct history h = deferred_once(&r);
	uint64_t first_end = m.end, second_end;
	char path[SPOOL_PATH_MAX];
	struct stat st;
	struct why why;

	(void)arg;
	spool_message_path(SPOOL_DEFERRED, &m.id, path);
	r.attempts = 2;
	assert_int_equal(message_update(&m, &h, SPOOL_DEFERRED, false, &why), 0);
	second_end = m.end;
	for (uint64_t cut = second_end - 1; cut >= first_end; cut--) {
		assert_int_equal(truncate(path, (off_t)cut), 0);
		assert_int_equal(message_load(SPOOL_DEFERRED, &m.id, &arena, &back, &why), 0);
		assert_int_equal(back.end, first_end);
		assert_int_equal(back.history.results[0].attempts, 1);
	}
	/* Garbage behind the last whole one does not outlive the next update. */
	assert_int_equal(truncate(path, (off_t)second_end + 4096), 0);
	r.attempts = 3;
	assert_int_equal(message_update(&back, &h, SPOOL_DEFERRED, false, &why), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, back.end);
	assert_int_equal(message_load(SPOOL_DEFERRED, &m.id, &arena, &back, &why), 0);
	assert_int_equal(back.history.results[0].attempts, 3);
	assert_int_equal(back.end, second_end);
}

static void
test_torn_history(void **state)
{
	(void)state;
	in_spool(run_torn_history, NULL);
}

static void
flip(const char *path, uint64_t at)
{
	int fd = open(path, O_RDWR);
	char c;

	assert_int_equal(pread(fd, &c, 1, (off_t)at), 1);
	c = (char)~c;
	assert_int_equal(pwrite(fd, &c, 1, (off_t)at), 1);
	close(fd);
}

/* Every byte of the file counts, or is padding; a flip is never believed. */
static void
run_flips(void *arg)
{
	AUTO(arena) arena = ARENA_INIT(CAP);
	struct stored m = promote_one(SPOOL_DEFERRED, &arena), back;
	struct history_result r;
	struct history h = deferred_once(&r);
	uint64_t first_end = m.end;
	char path[SPOOL_PATH_MAX];
	struct why why;
	int fd, result;

	(void)arg;
	spool_message_path(SPOOL_DEFERRED, &m.id, path);
	r.attempts = 2;
	assert_int_equal(message_update(&m, &h, SPOOL_DEFERRED, false, &why), 0);
	for (uint64_t at = 0; at < m.end; at++) {
		AUTO(arena) scratch = ARENA_INIT(CAP);
		bool in_content =
		    at >= m.content_offset && at < m.content_offset + m.content_length;

		flip(path, at);
		result = message_load(SPOOL_DEFERRED, &m.id, &scratch, &back, &why);
		if (at < 72 + m.envelope_bytes.n)
			assert_int_equal(result, ERR_CORRUPT);
		else
			assert_int_equal(result, 0);
		if (in_content)
			assert_int_equal(message_open(&back, true, &fd, &why), ERR_CORRUPT);
		/* A damaged history does not take the one behind it along. */
		if (result == 0 && at >= m.history_start && at < first_end)
			assert_int_equal(back.history.results[0].attempts, 2);
		else if (result == 0 && at >= first_end && at < first_end + 72)
			assert_int_equal(back.history.results[0].attempts, 1);
		flip(path, at);
	}
}

static void
test_flip_every_byte(void **state)
{
	(void)state;
	in_spool(run_flips, NULL);
}

static void
run_wrong_name(void *arg)
{
	AUTO(arena) arena = ARENA_INIT(CAP);
	struct stored m = promote_one(SPOOL_HOLD, &arena), back;
	struct queue_id other = queue_id_make(WALL + 1, 5);
	char from[SPOOL_PATH_MAX], to[SPOOL_PATH_MAX];
	struct why why;

	(void)arg;
	spool_message_path(SPOOL_HOLD, &m.id, from);
	spool_message_path(SPOOL_HOLD, &other, to);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(message_load(SPOOL_HOLD, &other, &arena, &back, &why), ERR_CORRUPT);
	assert_int_equal(unlink(to), 0);
	assert_int_equal(symlink("/etc/passwd", to), 0);
	assert_int_equal(message_load(SPOOL_HOLD, &other, &arena, &back, &why), -ELOOP);
	assert_int_equal(unlink(to), 0);
	assert_int_equal(mkfifo(to, 0600), 0);
	/* Opening must not wait for a writer. */
	assert_int_equal(message_load(SPOOL_HOLD, &other, &arena, &back, &why), ERR_CORRUPT);
}

static void
test_files_under_wrong_names(void **state)
{
	(void)state;
	in_spool(run_wrong_name, NULL);
}

static void
run_quarantine(void *arg)
{
	AUTO(arena) arena = ARENA_INIT(CAP);
	struct stored m = promote_one(SPOOL_HOLD, &arena);
	struct journal j;
	char destination[SPOOL_PATH_MAX], path[SPOOL_PATH_MAX];
	struct why why;

	(void)arg;
	journal_init(&j);
	assert_int_equal(message_quarantine(SPOOL_HOLD, &m.id, destination, &why), 0);
	assert_string_equal(destination + 8, m.id.text);
	spool_message_path(SPOOL_HOLD, &m.id, path);
	assert_int_equal(link(destination, path), 0);
	assert_int_equal(message_quarantine(SPOOL_HOLD, &m.id, destination, &why), 0);
	assert_int_equal(strlen(destination), 8 + 16 + 2);
	assert_int_equal(count_files("corrupt", ""), 2);
	assert_int_equal(message_quarantine(SPOOL_HOLD, &m.id, destination, &why), -ENOENT);
	assert_int_equal(message_remove(&j, SPOOL_HOLD, &m.id, &why), 0);
	journal_drop(&j);
}

static void
test_quarantine_overwrites_nothing(void **state)
{
	(void)state;
	in_spool(run_quarantine, NULL);
}

/* --- Failures -------------------------------------------------------------------------------- */

#ifdef ENABLE_FAULTS

static void
run_commit_failures(void *arg)
{
	static const struct {
		const char *name;
		const char *rules;
		int result;
	} rows[] = {
		{ "no descriptor", "fail:open:EMFILE:1", -EMFILE },
		{ "full at once", "fail:write:ENOSPC:1", ERR_FULL },
		{ "full at the envelope", "fail:write:ENOSPC:2", ERR_FULL },
		{ "full at the header", "fail:write:ENOSPC:3", ERR_FULL },
		{ "file not synced", "fail:sync:EIO:1", -EIO },
		{ "no name", "fail:rename:EIO:1", -EIO },
		{ "folder not synced", "fail:sync:EIO:2", -EIO },
	};

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(file_writer) f;
		struct queue_id id = queue_id_make(WALL, (uint32_t)i);
		struct why why;
		int result;

		file_writer_init(&f, &id);
		fault_rules(rows[i].rules);
		result = file_writer_open(&f, &why);
		if (result == 0)
			result = file_writer_add(&f, STR("content"), &why);
		if (result == 0)
			result = file_writer_commit(&f, STR("not looked at"), &why);
		fault_rules(NULL);
		if (result != rows[i].result)
			fail_msg("%s: %d", rows[i].name, result);
		assert_true(why.text[0] != '\0');
		if (f.fd >= 0)
			assert_int_equal(file_writer_add(&f, STR("more"), &why), rows[i].result);
		file_writer_drop(&f);
		assert_int_equal(count_files("incoming", ""), 0);
	}
}

static void
test_commit_failures_leave_nothing(void **state)
{
	(void)state;
	in_spool(run_commit_failures, NULL);
}

static void
run_update_failures(void *arg)
{
	static const char *const rules[] = { "fail:open:EMFILE:1", "fail:write:ENOSPC:1",
		"fail:write:SHORT:1 fail:write:ENOSPC:2", "fail:sync:EIO:1", "fail:rename:EIO:1",
		"fail:stat:EIO:1" };
	AUTO(arena) arena = ARENA_INIT(CAP);
	struct stored m = promote_one(SPOOL_DEFERRED, &arena), back;
	struct history_result r;
	struct history h = deferred_once(&r);
	struct why why;

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		fault_rules(rules[i]);
		assert_true(message_update(&m, &h, SPOOL_HOLD, true, &why) < 0);
		fault_rules(NULL);
		assert_int_equal(m.queue, SPOOL_DEFERRED);
		assert_int_equal(message_load(SPOOL_DEFERRED, &m.id, &arena, &back, &why), 0);
	}
	r.attempts = 7;
	assert_int_equal(message_update(&m, &h, SPOOL_HOLD, true, &why), 0);
	assert_int_equal(message_load(SPOOL_HOLD, &m.id, &arena, &back, &why), 0);
	assert_int_equal(back.history.results[0].attempts, 7);
	/* S22: could not read is not damaged. */
	fault_rules("fail:read:EIO:1");
	assert_int_equal(message_load(SPOOL_HOLD, &m.id, &arena, &back, &why), -EIO);
	fault_rules("fail:read:EIO:1");
	{
		int fd;

		assert_int_equal(message_open(&m, true, &fd, &why), -EIO);
	}
	fault_rules(NULL);
}

static void
test_update_failures_lose_nothing(void **state)
{
	(void)state;
	in_spool(run_update_failures, NULL);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		spool_test(test_streams),
		spool_test(test_aborted_leaves_nothing),
		spool_test(test_promotes),
		spool_test(test_updates_and_moves),
		spool_test(test_histories_do_not_pile_up),
		spool_test(test_torn_history),
		spool_test(test_flip_every_byte),
		spool_test(test_files_under_wrong_names),
		spool_test(test_quarantine_overwrites_nothing),
#ifdef ENABLE_FAULTS
		spool_test(test_commit_failures_leave_nothing),
		spool_test(test_update_failures_lose_nothing),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
