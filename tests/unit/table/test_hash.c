/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <utime.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/table/hash_build.h"
#include "lib/table/hash_file.h"
#include "lib/table/table.h"

static struct table *
open_table(const char *path, unsigned flags)
{
	char name[4300];
	struct why why = WHY_INIT;
	struct table *t;

	snprintf(name, sizeof(name), "hash:%s", path);
	t = table_open(name, flags, &why);
	if (t == NULL)
		fail_msg("%s", why.text);
	return t;
}

static void
assert_has(struct table *t, const char *key, const char *want)
{
	AUTO(buf) value = BUF_INIT(1000);
	struct why why = WHY_INIT;
	int found = table_find(t, str_of(key), &value, TICKS_NEVER, &why);

	if (found < 0)
		fail_msg("%s: %s", key, why.text);
	assert_int_equal(found, want != NULL);
	assert_string_equal(buf_text(&value), want != NULL ? want : "");
}

/* A new index from "key value" pairs. */
static void
build(const char *path, const struct hash_build_options *o, const char *const *pairs, size_t count)
{
	struct why why = WHY_INIT;
	struct hash_build *b = hash_build_open(path, o, &why);

	if (b == NULL)
		fail_msg("%s", why.text);
	for (size_t i = 0; i < count; i += 2) {
		if (hash_build_put(b, str_of(pairs[i]), str_of(pairs[i + 1]), false, &why) < 0)
			fail_msg("%s", why.text);
	}
	if (hash_build_commit(b, &why) < 0)
		fail_msg("%s", why.text);
	hash_build_close(b);
}

#define BUILD(path, options, ...)                                      \
	build((path), (options), (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static const struct hash_build_options plain = { .mode = 0644, .final_nul = true };
static const struct hash_build_options onto = {
	.mode = 0644, .final_nul = true, .from_present = true
};

/* Made by postmap -N and postmap -n of Postfix 3.7.11 (Debian 12). */
static void
test_reads_what_postfix_wrote(void **state)
{
	static const char *const names[] = { "postfix-nul", "postfix-plain" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct table *t = open_table(data_path(names[i]), TABLE_FOLD);

		assert_has(t, "none", NULL);
		assert_has(t, "User@Example.COM", "value one");
		assert_has(t, "foo", "bar");
		assert_has(t, "@example.org", "catch all");
		assert_has(t, "fo", NULL);
		assert_has(t, "", NULL);
		table_close(t);
	}
}

static void
test_nuls_are_nobodys_business(void **state)
{
	(void)state;
	for (int nul = 0; nul < 2; nul++) {
		struct hash_build_options o = { .mode = 0600, .final_nul = nul != 0 };
		struct hash_file *f;
		struct str key, value;
		struct why why = WHY_INIT;
		size_t seen = 0;

		BUILD(scratch_path("n"), &o, "a", "1", "b", "", "c d", "3");
		struct table *t = open_table(scratch_path("n"), 0);
		assert_has(t, "b", "");
		assert_has(t, "c d", "3");
		assert_has(t, "A", NULL);
		table_close(t);
		f = hash_file_open(scratch_path("n.db"), &why);
		assert_non_null(f);
		while (hash_file_next(f, &key, &value, &why) > 0)
			seen += key.n * 100 + value.n;
		assert_int_equal(seen, 502);
		hash_file_close(f);
	}
}

static void
test_a_new_index_counts_at_once(void **state)
{
	struct table *t;

	(void)state;
	BUILD(scratch_path("t"), &plain, "a", "1");
	t = open_table(scratch_path("t"), 0);
	assert_has(t, "a", "1");
	BUILD(scratch_path("t"), &plain, "a", "2", "b", "3");
	assert_has(t, "a", "2");
	assert_has(t, "b", "3");
	BUILD(scratch_path("t"), &onto, "b", "kept as it was", "c", "4");
	assert_has(t, "a", "2");
	assert_has(t, "b", "3");
	assert_has(t, "c", "4");
	table_close(t);
}

/* As Postfix's postmap does: the same file written again, under a lock. */
static void
test_an_index_rewritten_in_place(void **state)
{
	AUTO(buf) value = BUF_INIT(100);
	struct why why = WHY_INIT;
	struct table *t;
	char bytes[16384];
	size_t n;
	FILE *f;
	int fd;

	(void)state;
	BUILD(scratch_path("t"), &plain, "a", "1");
	BUILD(scratch_path("u"), &plain, "a", "2");
	t = open_table(scratch_path("t"), 0);
	assert_has(t, "a", "1");

	f = fopen(scratch_path("u.db"), "r");
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	fd = open(scratch_path("t.db"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_true(table_find(t, STR("a"), &value, TICKS_NEVER, &why) < 0);
	assert_non_null(strstr(why.text, "it is being written"));
	assert_int_equal(pwrite(fd, bytes, n, 0), n);
	assert_true(table_find(t, STR("a"), &value, TICKS_NEVER, &why) < 0);
	close(fd);
	assert_has(t, "a", "2");
	table_close(t);
}

static void
test_a_lost_index_is_not_an_empty_one(void **state)
{
	AUTO(buf) value = BUF_INIT(100);
	struct why why = WHY_INIT;
	struct table *t;

	(void)state;
	BUILD(scratch_path("t"), &plain, "a", "1");
	t = open_table(scratch_path("t"), 0);
	assert_int_equal(unlink(scratch_path("t.db")), 0);
	assert_int_equal(table_find(t, STR("a"), &value, TICKS_NEVER, &why), ERR_TEMPORARY);
	assert_int_equal(table_find(t, STR("none"), &value, TICKS_NEVER, &why), ERR_TEMPORARY);
	assert_non_null(strstr(why.text, "No such file"));
	BUILD(scratch_path("t"), &plain, "a", "back");
	assert_has(t, "a", "back");
	table_close(t);
}

static void
test_an_index_that_comes_late(void **state)
{
	AUTO(buf) value = BUF_INIT(100);
	struct why why = WHY_INIT;
	struct table *t;
	char name[300];

	(void)state;
	snprintf(name, sizeof(name), "hash:%s", scratch_path("late"));
	t = table_open(name, TABLE_LATE, &why);
	assert_non_null(t);
	assert_non_null(strstr(table_notice(t), "late.db: No such file"));
	assert_int_equal(table_find(t, STR("a"), &value, TICKS_NEVER, &why), ERR_TEMPORARY);
	BUILD(scratch_path("late"), &plain, "a", "now");
	assert_has(t, "a", "now");
	table_close(t);
	assert_int_equal(unlink(scratch_path("late.db")), 0);
}

static void
test_what_is_no_index(void **state)
{
	char name[4300];
	struct why why = WHY_INIT;

	(void)state;
	snprintf(name, sizeof(name), "hash:%s", data_path("no-hash"));
	assert_null(table_open(name, 0, &why));
	assert_non_null(strstr(why.text, "no-hash.db: this is no hash file of Berkeley DB"));

	assert_int_equal(mkdir(scratch_path("d.db"), 0700), 0);
	snprintf(name, sizeof(name), "hash:%s", scratch_path("d"));
	assert_null(table_open(name, 0, &why));
	assert_int_equal(rmdir(scratch_path("d.db")), 0);

	/* Cut at each page and some odd places: an answer or an error, never a crash. */
	BUILD(scratch_path("t"), &plain, "a", "1", "b", "2");
	snprintf(name, sizeof(name), "hash:%s", scratch_path("t"));
	for (off_t size = 12288; size >= 0; size -= 1024) {
		struct table *t;
		AUTO(buf) value = BUF_INIT(100);

		assert_int_equal(truncate(scratch_path("t.db"), size), 0);
		t = table_open(name, 0, &why);
		if (t != NULL && table_find(t, STR("a"), &value, TICKS_NEVER, &why) > 0)
			assert_str_is(buf_str(&value), "1");
		table_close(t);
	}
	assert_int_equal(unlink(scratch_path("t.db")), 0);
}

static void
test_notice_of_an_old_index(void **state)
{
	struct utimbuf later = { .actime = 2000000000, .modtime = 2000000000 };
	struct table *t;

	(void)state;
	BUILD(scratch_path("t"), &plain, "a", "1");
	t = open_table(scratch_path("t"), 0);
	assert_null(table_notice(t));
	table_close(t);
	scratch_write("t", "a 1\n");
	assert_int_equal(utime(scratch_path("t"), &later), 0);
	t = open_table(scratch_path("t"), 0);
	assert_non_null(strstr(table_notice(t), "is older than its source"));
	table_close(t);
	assert_int_equal(unlink(scratch_path("t")), 0);
}

static size_t
count_files(void)
{
	DIR *folder = opendir(scratch_folder);
	size_t n = 0;

	while (readdir(folder) != NULL)
		n++;
	closedir(folder);
	return n - 2;
}

static void
test_nothing_changes_without_commit(void **state)
{
	struct why why = WHY_INIT;
	struct hash_build *b;
	struct table *t;
	struct stat st;

	(void)state;
	BUILD(scratch_path("t"), &plain, "a", "1");
	t = open_table(scratch_path("t"), 0);
	b = hash_build_open(scratch_path("t"), &onto, &why);
	assert_non_null(b);
	assert_int_equal(hash_build_put(b, STR("a"), STR("2"), false, &why), 0);
	assert_int_equal(hash_build_put(b, STR("a"), STR("2"), true, &why), 1);
	assert_int_equal(hash_build_remove(b, STR("none"), &why), 0);
	assert_has(t, "a", "1");
	assert_null(hash_build_open(scratch_path("t"), &onto, &why));
	assert_non_null(strstr(why.text, "another program is changing"));
	hash_build_close(b);
	assert_has(t, "a", "1");
	assert_int_equal(count_files(), 1);

	b = hash_build_open(scratch_path("t"), &onto, &why);
	assert_int_equal(hash_build_remove(b, STR("a"), &why), 1);
	assert_int_equal(hash_build_commit(b, &why), 0);
	hash_build_close(b);
	hash_build_close(NULL);
	assert_has(t, "a", NULL);
	assert_int_equal(stat(scratch_path("t.db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	table_close(t);
	assert_int_equal(unlink(scratch_path("t.db")), 0);
}

static void
test_onto_nothing_begins_empty(void **state)
{
	struct table *t;

	(void)state;
	BUILD(scratch_path("fresh"), &onto, "a", "1");
	t = open_table(scratch_path("fresh"), 0);
	assert_has(t, "a", "1");
	table_close(t);
	assert_int_equal(unlink(scratch_path("fresh.db")), 0);
}

static void
test_build_failures_have_words(void **state)
{
	struct why why = WHY_INIT;

	(void)state;
	assert_null(hash_build_open("/no/such/folder/t", &plain, &why));
	assert_non_null(strstr(why.text, "cannot make /no/such/folder/t.db."));
	assert_int_equal(symlink("/etc/passwd", scratch_path("l.db")), 0);
	assert_null(hash_build_open(scratch_path("l"), &onto, &why));
	assert_non_null(strstr(why.text, "cannot open"));
	assert_int_equal(unlink(scratch_path("l.db")), 0);
	scratch_write("x.db", "no hash file, but long enough to see that");
	assert_null(hash_build_open(scratch_path("x"), &onto, &why));
	assert_non_null(strstr(why.text, "no hash file of Berkeley DB"));
	assert_int_equal(unlink(scratch_path("x.db")), 0);
	assert_int_equal(count_files(), 0);
}

/* CVE-2017-10140: the library would obey a file DB_CONFIG in the current folder. */
static void
test_no_db_config(void **state)
{
	char *old = getcwd(NULL, 0);
	struct table *t;

	(void)state;
	scratch_write("DB_CONFIG", "this would be an error\n");
	assert_int_equal(chdir(scratch_folder), 0);
	BUILD("t", &plain, "a", "1");
	t = open_table("t", 0);
	assert_has(t, "a", "1");
	table_close(t);
	assert_int_equal(unlink("t.db"), 0);
	assert_int_equal(unlink("DB_CONFIG"), 0);
	assert_int_equal(chdir(old), 0);
	free(old);
}

static size_t
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(folder) != NULL)
		n++;
	closedir(folder);
	return n;
}

static void
test_failed_opens_leave_no_descriptor(void **state)
{
	size_t before = count_descriptors();
	char name[4300];
	struct why why;

	(void)state;
	snprintf(name, sizeof(name), "hash:%s", data_path("no-hash"));
	for (int i = 0; i < 100; i++)
		assert_null(table_open(name, 0, &why));
	assert_int_equal(truncate(scratch_path("cut.db"), 0), -1);
	BUILD(scratch_path("cut"), &plain, "a", "1");
	assert_int_equal(truncate(scratch_path("cut.db"), 100), 0);
	snprintf(name, sizeof(name), "hash:%s", scratch_path("cut"));
	for (int i = 0; i < 100; i++)
		assert_null(table_open(name, 0, &why));
	assert_int_equal(count_descriptors(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_postfix_wrote),
		cmocka_unit_test(test_nuls_are_nobodys_business),
		cmocka_unit_test(test_a_new_index_counts_at_once),
		cmocka_unit_test(test_an_index_rewritten_in_place),
		cmocka_unit_test(test_a_lost_index_is_not_an_empty_one),
		cmocka_unit_test(test_an_index_that_comes_late),
		cmocka_unit_test(test_what_is_no_index),
		cmocka_unit_test(test_notice_of_an_old_index),
		cmocka_unit_test_setup_teardown(
		    test_nothing_changes_without_commit, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(
		    test_onto_nothing_begins_empty, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(
		    test_build_failures_have_words, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(test_no_db_config, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(
		    test_failed_opens_leave_no_descriptor, scratch_make, scratch_drop),
	};
	return cmocka_run_group_tests(tests, scratch_make, NULL);
}
