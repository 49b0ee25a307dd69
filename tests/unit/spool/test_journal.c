/* SPDX-License-Identifier: BSD-2-Clause */
/* qmgr's side of the journal: reading, done marks, when a segment goes (S12, S16, S17). */
#include "tests/unit/spool/spool_test.h"

static char *
segment_file(const struct queue_id *name, const char *suffix)
{
	static char path[SPOOL_PATH_MAX];

	snprintf(path, sizeof(path), "journal/%s.%s", name->text, suffix);
	return path;
}

/* A journal that knows the whole segment as announced by its writer. */
static struct segment *
announce(struct journal *j, const struct told *told, const struct queue_id *name)
{
	struct segment *s;

	assert_int_equal(journal_open_segment(j, queue_id_str(name), &s), 0);
	for (unsigned i = 0; i < told->committed_count; i++)
		segment_announced(s, told->committed[i].position, told->committed[i].length);
	return s;
}

static void
run_life(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct journal j;
	struct segment *s;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, 3, &told);
	journal_init(&j);
	s = announce(&j, &told, &name);
	assert_ptr_equal(journal_find_segment(&j, queue_id_str(&name)), s);
	segment_done(s, told.committed[1].position);
	assert_true(segment_is_done(s, told.committed[1].position));
	assert_false(segment_is_done(s, told.committed[0].position));
	assert_int_equal(count_files("journal", ".done"), 0);
	assert_int_equal(journal_flush(&j), 0);
	assert_int_equal(count_files("journal", ".done"), 1);
	segment_done(s, told.committed[0].position);
	assert_true(segment_closed(s, told.closed[0].length));
	assert_int_equal(journal_flush(&j), 0);
	assert_int_equal(count_files("journal", ".seg"), 1);
	segment_done(s, told.committed[2].position);
	assert_int_equal(journal_flush(&j), 0);
	/* S17: the marks stay until the unlinking is durable. */
	assert_int_equal(count_files("journal", ".seg"), 0);
	assert_int_equal(count_files("journal", ".done"), 1);
	assert_null(journal_find_segment(&j, queue_id_str(&name)));
	assert_true(journal_knows(&j, &name));
	assert_int_equal(journal_sync(&j), 0);
	assert_int_equal(count_files("journal", ""), 0);
	assert_false(journal_knows(&j, &name));
	journal_drop(&j);
}

static void
test_life_of_a_segment(void **state)
{
	(void)state;
	in_spool(run_life, NULL);
	in_real(run_life, NULL);
}

/* What was not announced keeps the segment, even if all that is known is done. */
static void
run_forgotten(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct journal j;
	struct segment *s;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, 3, &told);
	journal_init(&j);
	assert_int_equal(journal_open_segment(&j, queue_id_str(&name), &s), 0);
	segment_announced(s, told.committed[0].position, told.committed[0].length);
	segment_announced(s, told.committed[2].position, told.committed[2].length);
	segment_done(s, told.committed[0].position);
	segment_done(s, told.committed[2].position);
	assert_false(segment_closed(s, told.closed[0].length));
	assert_int_equal(journal_flush(&j), 0);
	assert_int_equal(count_files("journal", ".seg"), 1);
	journal_drop(&j);
}

static void
test_nothing_is_forgotten(void **state)
{
	(void)state;
	in_spool(run_forgotten, NULL);
}

/* --- Marks ----------------------------------------------------------------------------------- */

static void
run_marks(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct journal j;
	struct segment *s;
	struct stat before, after;
	char *path;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, 100, &told);
	journal_init(&j);
	s = announce(&j, &told, &name);
	for (unsigned i = 0; i < 50; i++)
		segment_done(s, told.committed[99 - i].position);
	assert_int_equal(journal_flush(&j), 0);
	segment_done(s, told.committed[0].position);
	assert_int_equal(journal_flush(&j), 0);
	journal_drop(&j);

	/* The next qmgr reads them. */
	journal_init(&j);
	assert_int_equal(journal_open_segment(&j, queue_id_str(&name), &s), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(segment_is_done(s, told.committed[i].position), i == 0 || i >= 50);
	journal_drop(&j);

	/* A torn record loses its own marks only, and is cut off. */
	path = segment_file(&name, "done");
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(truncate(path, before.st_size - 1), 0);
	journal_init(&j);
	assert_int_equal(journal_open_segment(&j, queue_id_str(&name), &s), 0);
	assert_false(segment_is_done(s, told.committed[0].position));
	assert_true(segment_is_done(s, told.committed[99].position));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size - 80);
	segment_done(s, told.committed[1].position);
	assert_int_equal(journal_flush(&j), 0);
	journal_drop(&j);
	journal_init(&j);
	assert_int_equal(journal_open_segment(&j, queue_id_str(&name), &s), 0);
	assert_true(segment_is_done(s, told.committed[1].position));
	journal_drop(&j);
}

static void
test_marks(void **state)
{
	(void)state;
	in_spool(run_marks, NULL);
}

static void
run_bad_names(void *arg)
{
	static const char *const names[] = { "", "x", "../../../etc/passwd", "06DNNQXE1B5X000",
		"06DNNQXE1B5X00011", "06dnnqxe1b5x0001" };
	struct journal j;
	struct segment *s;

	(void)arg;
	journal_init(&j);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(journal_open_segment(&j, str_of(names[i]), &s), ERR_SYNTAX);
	assert_int_equal(journal_open_segment(&j, STR("06DNNQXE1B5X0001"), &s), -ENOENT);
	assert_int_equal(symlink("/etc/passwd", "journal/06DNNQXE1B5X0001.seg"), 0);
	assert_int_equal(journal_open_segment(&j, STR("06DNNQXE1B5X0001"), &s), -ELOOP);
	journal_drop(&j);
}

static void
test_names_are_checked(void **state)
{
	(void)state;
	in_spool(run_bad_names, NULL);
}

/* --- Reading --------------------------------------------------------------------------------- */

static void
run_reading(void *arg)
{
	AUTO(arena) arena = ARENA_INIT((size_t)4 * 1024 * 1024);
	AUTO(arena) small = ARENA_INIT(64);
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct journal j;
	struct segment *s;
	struct stored m;
	struct str content;
	char copy[64] = "", *path;
	int fd;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, 2, &told);
	journal_init(&j);
	s = announce(&j, &told, &name);
	assert_int_equal(segment_read(s, told.committed[1].position, told.committed[1].length,
	                     &arena, &m, &content),
	    0);
	assert_str_is(content, "message 1\r\n");
	assert_int_equal(m.content_length, 11);
	assert_int_equal(segment_read_content(s, &m, copy), 0);
	assert_string_equal(copy, "message 1\r\n");
	assert_int_equal(segment_read(s, 0, told.committed[0].length, &small, &m, NULL), ERR_FULL);

	/* What a peer says is not trusted. */
	assert_int_equal(
	    segment_read(s, 8, told.committed[0].length, &arena, &m, NULL), ERR_CORRUPT);
	assert_int_equal(
	    segment_read(s, 0, told.committed[0].length - 8, &arena, &m, NULL), ERR_CORRUPT);
	assert_int_equal(segment_read(s, 0, UINT64_MAX, &arena, &m, NULL), ERR_CORRUPT);
	assert_int_equal(segment_read(s, 0, 0, &arena, &m, NULL), ERR_CORRUPT);
	assert_int_equal(
	    segment_read(s, UINT64_MAX - 7, told.committed[0].length, &arena, &m, NULL) < 0, 1);

	assert_int_equal(
	    segment_read(s, told.committed[1].position, told.committed[1].length, &arena, &m, NULL),
	    0);
	path = segment_file(&name, "seg");
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "M", 1, (off_t)m.content_offset), 1);
	close(fd);
	assert_int_equal(segment_read_content(s, &m, copy), ERR_CORRUPT);
	assert_int_equal(
	    segment_read(s, told.committed[1].position, told.committed[1].length, &arena, &m, NULL),
	    ERR_CORRUPT);
	assert_int_equal(truncate(path, (off_t)m.content_offset), 0);
	assert_int_equal(segment_read_content(s, &m, copy), ERR_CORRUPT);
	journal_drop(&j);
}

static void
test_reading(void **state)
{
	(void)state;
	in_spool(run_reading, NULL);
}

/* --- Failures -------------------------------------------------------------------------------- */

#ifdef ENABLE_FAULTS

static void
run_failures(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct journal j;
	struct segment *s;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, 3, &told);
	journal_init(&j);
	s = announce(&j, &told, &name);
	segment_done(s, told.committed[0].position);
	fault_rules("fail:write:ENOSPC:1");
	assert_int_equal(journal_flush(&j), -ENOSPC);
	assert_int_equal(journal_flush(&j), 0);
	fault_rules("fail:sync:EIO:1");
	assert_int_equal(journal_sync(&j), -EIO);
	assert_true(s->dirty && j.dirty != 0);
	assert_int_equal(journal_sync(&j), 0);
	assert_true(!s->dirty && j.dirty == 0);

	/* A failed write half way leaves nothing that the next does not overwrite. */
	segment_done(s, told.committed[1].position);
	fault_rules("fail:write:SHORT:1 fail:write:EIO:2");
	assert_int_equal(journal_flush(&j), -EIO);
	assert_int_equal(journal_flush(&j), 0);
	journal_drop(&j);
	journal_init(&j);
	s = announce(&j, &told, &name);
	assert_true(segment_is_done(s, told.committed[0].position));
	assert_true(segment_is_done(s, told.committed[1].position));

	segment_done(s, told.committed[2].position);
	assert_true(segment_closed(s, told.closed[0].length));
	fault_rules("fail:unlink:EIO:1");
	assert_int_equal(journal_flush(&j), -EIO);
	assert_int_equal(journal_flush(&j), 0);
	fault_rules("fail:sync:EIO:1");
	assert_int_equal(journal_sync(&j), -EIO);
	assert_int_equal(count_files("journal", ".done"), 1);
	assert_int_equal(journal_sync(&j), 0);
	assert_int_equal(count_files("journal", ""), 0);
	fault_rules(NULL);
	journal_drop(&j);
}

static void
test_failures_are_made_good(void **state)
{
	(void)state;
	in_spool(run_failures, NULL);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		spool_test(test_life_of_a_segment),
		spool_test(test_nothing_is_forgotten),
		spool_test(test_marks),
		spool_test(test_names_are_checked),
		spool_test(test_reading),
#ifdef ENABLE_FAULTS
		spool_test(test_failures_are_made_good),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
