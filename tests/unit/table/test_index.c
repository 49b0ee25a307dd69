/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <utime.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/fault.h"
#include "lib/table/index_build.h"
#include "lib/table/index_file.h"
#include "lib/table/table.h"

/* The tests run once for each. */
static const struct index_format *format = &index_hash;

static const char *
index_path(const char *name)
{
	char whole[100];

	snprintf(whole, sizeof(whole), "%s%s", name, format->suffix);
	return scratch_path(whole);
}

/* Changes are looked for once a second. */
static void
wait_for_the_next_look(void)
{
	const struct timespec time = { .tv_sec = 1, .tv_nsec = 5000000 };

	assert_int_equal(nanosleep(&time, NULL), 0);
}

static struct table *
open_table(const char *path, unsigned flags)
{
	char name[4300];
	struct why why = WHY_INIT;
	struct table *t;

	snprintf(name, sizeof(name), "%s:%s", format->name, path);
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
build(const char *path, const struct index_build_options *o, const char *const *pairs, size_t count)
{
	struct why why = WHY_INIT;
	struct index_build *b = index_build_open(path, o, &why);

	if (b == NULL)
		fail_msg("%s", why.text);
	for (size_t i = 0; i < count; i += 2) {
		if (index_build_put(b, str_of(pairs[i]), str_of(pairs[i + 1]), false, &why) < 0)
			fail_msg("%s", why.text);
	}
	if (index_build_commit(b, &why) < 0)
		fail_msg("%s", why.text);
	index_build_close(b);
}

static struct index_build_options
plain(void)
{
	return (struct index_build_options){ .format = format,
		.file = { .mode = 0644, .final_nul = true } };
}

static struct index_build_options
onto(void)
{
	struct index_build_options o = plain();

	o.from_present = true;
	return o;
}

#define BUILD(path, options, ...)                                                   \
	do {                                                                        \
		struct index_build_options build_options = (options);               \
		const char *const build_pairs[] = { __VA_ARGS__ };                  \
		build((path), &build_options, build_pairs, ARRAY_LEN(build_pairs)); \
	} while (0)

static struct index_build *
open_build(const char *path, struct index_build_options o, struct why *why)
{
	return index_build_open(path, &o, why);
}

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
		struct index_build_options o = plain();
		struct index_file *f;
		struct str key, value;
		struct why why = WHY_INIT;
		size_t seen = 0;

		o.file.final_nul = nul != 0;
		BUILD(scratch_path("n"), o, "a", "1", "b", "", "c d", "3");
		struct table *t = open_table(scratch_path("n"), 0);
		assert_has(t, "b", "");
		assert_has(t, "c d", "3");
		assert_has(t, "A", NULL);
		table_close(t);
		f = index_file_open(format, index_path("n"), &why);
		assert_non_null(f);
		while (index_file_next(f, &key, &value, &why) > 0)
			seen += key.n * 100 + value.n;
		assert_int_equal(seen, 502);
		index_file_close(f);
	}
}

static void
test_a_new_index_counts_at_once(void **state)
{
	struct table *t;

	(void)state;
	BUILD(scratch_path("t"), plain(), "a", "1");
	t = open_table(scratch_path("t"), 0);
	assert_has(t, "a", "1");
	BUILD(scratch_path("t"), plain(), "a", "2", "b", "3");
	assert_has(t, "b", "3");
	assert_has(t, "a", "2");
	BUILD(scratch_path("t"), plain(), "a", "4");
	wait_for_the_next_look();
	assert_has(t, "a", "4");
	table_close(t);
}

static void
test_a_turned_link_counts_after_a_second(void **state)
{
	struct table *t;

	(void)state;
	BUILD(scratch_path("one"), plain(), "a", "1");
	BUILD(scratch_path("two"), plain(), "a", "2");
	assert_int_equal(symlink(index_path("one"), index_path("link")), 0);
	t = open_table(scratch_path("link"), 0);
	assert_has(t, "a", "1");
	assert_int_equal(unlink(index_path("link")), 0);
	assert_int_equal(symlink(index_path("two"), index_path("link")), 0);
	wait_for_the_next_look();
	assert_has(t, "a", "2");
	table_close(t);
}

static void
test_changes_to_an_index(void **state)
{
	struct index_build_options o = onto();
	struct why why = WHY_INIT;
	struct table *t;

	(void)state;
	BUILD(scratch_path("t"), plain(), "a", "2", "b", "3");
	if (format->write_once) {
		assert_null(index_build_open(scratch_path("t"), &o, &why));
		assert_string_equal(why.text, "a cdb index cannot be changed, only made anew");
		return;
	}
	BUILD(scratch_path("t"), onto(), "b", "kept as it was", "c", "4");
	t = open_table(scratch_path("t"), 0);
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
	BUILD(scratch_path("t"), plain(), "a", "1");
	BUILD(scratch_path("u"), plain(), "a", "2");
	t = open_table(scratch_path("t"), 0);
	assert_has(t, "a", "1");

	f = fopen(index_path("u"), "r");
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	fd = open(index_path("t"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	wait_for_the_next_look();
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
	BUILD(scratch_path("t"), plain(), "a", "1");
	t = open_table(scratch_path("t"), 0);
	assert_int_equal(unlink(index_path("t")), 0);
	assert_int_equal(table_find(t, STR("none"), &value, TICKS_NEVER, &why), ERR_TEMPORARY);
	assert_int_equal(table_find(t, STR("a"), &value, TICKS_NEVER, &why), ERR_TEMPORARY);
	assert_non_null(strstr(why.text, "No such file"));
	BUILD(scratch_path("t"), plain(), "a", "back");
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
	snprintf(name, sizeof(name), "%s:%s", format->name, scratch_path("late"));
	t = table_open(name, TABLE_LATE, &why);
	assert_non_null(t);
	assert_non_null(strstr(table_notice(t), ": No such file"));
	assert_int_equal(table_find(t, STR("a"), &value, TICKS_NEVER, &why), ERR_TEMPORARY);
	BUILD(scratch_path("late"), plain(), "a", "now");
	assert_has(t, "a", "now");
	table_close(t);
	assert_int_equal(unlink(index_path("late")), 0);
}

static void
test_what_is_no_index(void **state)
{
	char name[4300];
	struct why why = WHY_INIT;

	(void)state;
	snprintf(name, sizeof(name), "%s:%s", format->name, data_path("no-hash"));
	assert_null(table_open(name, 0, &why));
	assert_non_null(strstr(why.text, "no-hash.db: this is no hash file of Berkeley DB"));
	snprintf(name, sizeof(name), "btree:%s", data_path("postfix-nul"));
	assert_null(table_open(name, 0, &why));
	assert_non_null(strstr(why.text, "this is no btree file of Berkeley DB"));

	assert_int_equal(mkdir(index_path("d"), 0700), 0);
	snprintf(name, sizeof(name), "%s:%s", format->name, scratch_path("d"));
	assert_null(table_open(name, 0, &why));
	assert_int_equal(rmdir(index_path("d")), 0);
}

/* "a" is there: anything but its value or a failure would be a lie. */
static void
ask_of_damaged(const char *name, off_t size)
{
	AUTO(buf) value = BUF_INIT(100);
	struct why why = WHY_INIT;
	struct table *t = table_open(name, 0, &why);
	int found;

	if (t == NULL)
		return;
	found = table_find(t, STR("a"), &value, TICKS_NEVER, &why);
	if (found == 0 || (found > 0 && strcmp(buf_text(&value), "1") != 0))
		fail_msg(
		    "%s cut to %lld: %d \"%s\"", name, (long long)size, found, buf_text(&value));
	table_close(t);
}

static void
test_a_file_cut_at_any_byte(void **state)
{
	struct stat st;
	char name[300];

	(void)state;
	BUILD(scratch_path("t"), plain(), "a", "1", "b", "2");
	snprintf(name, sizeof(name), "%s:%s", format->name, scratch_path("t"));
	assert_int_equal(stat(index_path("t"), &st), 0);
	for (off_t size = st.st_size; size >= 0; size--) {
		assert_int_equal(truncate(index_path("t"), size), 0);
		ask_of_damaged(name, size);
	}
	assert_int_equal(unlink(index_path("t")), 0);
}

/* Many pages, so that the bound on a transaction of LMDB is passed, and trees and chains grow. */
static void
test_many_entries(void **state)
{
	struct index_build_options o = plain();
	struct why why = WHY_INIT;
	struct index_build *b = index_build_open(scratch_path("m"), &o, &why);
	char key[50], value[50];
	struct table *t;

	(void)state;
	assert_non_null(b);
	for (int i = 0; i < 50000; i++) {
		snprintf(key, sizeof(key), "user%d@example.com", i);
		snprintf(value, sizeof(value), "value of %d", i);
		assert_int_equal(index_build_put(b, str_of(key), str_of(value), false, &why), 1);
	}
	assert_int_equal(index_build_put(b, str_of(key), STR("x"), false, &why), 0);
	assert_int_equal(index_build_commit(b, &why), 0);
	index_build_close(b);
	t = open_table(scratch_path("m"), 0);
	for (int i = 0; i < 50000; i += 7) {
		snprintf(key, sizeof(key), "user%d@example.com", i);
		snprintf(value, sizeof(value), "value of %d", i);
		assert_has(t, key, value);
	}
	assert_has(t, "user50000@example.com", NULL);
	table_close(t);
	assert_int_equal(unlink(index_path("m")), 0);
}

static void
test_notice_of_an_old_index(void **state)
{
	struct utimbuf later = { .actime = 2000000000, .modtime = 2000000000 };
	struct table *t;

	(void)state;
	BUILD(scratch_path("t"), plain(), "a", "1");
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
	struct index_build *b;
	struct table *t;
	struct stat st;

	(void)state;
	if (format->write_once)
		return;
	BUILD(scratch_path("t"), plain(), "a", "1");
	t = open_table(scratch_path("t"), 0);
	b = open_build(scratch_path("t"), onto(), &why);
	assert_non_null(b);
	assert_int_equal(index_build_put(b, STR("a"), STR("2"), false, &why), 0);
	assert_int_equal(index_build_put(b, STR("a"), STR("2"), true, &why), 1);
	assert_int_equal(index_build_remove(b, STR("none"), &why), 0);
	assert_has(t, "a", "1");
	assert_null(open_build(scratch_path("t"), onto(), &why));
	assert_non_null(strstr(why.text, "another program is changing"));
	index_build_close(b);
	assert_has(t, "a", "1");
	assert_int_equal(count_files(), 1);

	b = open_build(scratch_path("t"), onto(), &why);
	assert_int_equal(index_build_remove(b, STR("a"), &why), 1);
	assert_int_equal(index_build_commit(b, &why), 0);
	index_build_close(b);
	index_build_close(NULL);
	wait_for_the_next_look();
	assert_has(t, "a", NULL);
	assert_int_equal(stat(index_path("t"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	table_close(t);
	assert_int_equal(unlink(index_path("t")), 0);
}

static void
test_onto_nothing_begins_empty(void **state)
{
	struct table *t;

	(void)state;
	if (format->write_once)
		return;
	BUILD(scratch_path("fresh"), onto(), "a", "1");
	t = open_table(scratch_path("fresh"), 0);
	assert_has(t, "a", "1");
	table_close(t);
	assert_int_equal(unlink(index_path("fresh")), 0);
}

static void
test_build_failures_have_words(void **state)
{
	struct why why = WHY_INIT;

	(void)state;
	assert_null(open_build("/no/such/folder/t", plain(), &why));
	assert_non_null(strstr(why.text, "cannot make /no/such/folder/t.db."));
	assert_int_equal(symlink("/etc/passwd", index_path("l")), 0);
	assert_null(open_build(scratch_path("l"), onto(), &why));
	assert_non_null(strstr(why.text, "cannot open"));
	assert_int_equal(unlink(index_path("l")), 0);
	scratch_write("x.db", "no hash file, but long enough to see that");
	assert_null(open_build(scratch_path("x"), onto(), &why));
	assert_non_null(strstr(why.text, "no hash file of Berkeley DB"));
	assert_int_equal(unlink(index_path("x")), 0);
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
	BUILD("t", plain(), "a", "1");
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
	char missing[300], cut[300];
	struct why why;

	(void)state;
	BUILD(scratch_path("cut"), plain(), "a", "1");
	assert_int_equal(truncate(index_path("cut"), 100), 0);
	snprintf(cut, sizeof(cut), "%s:%s", format->name, scratch_path("cut"));
	snprintf(missing, sizeof(missing), "%s:%s", format->name, scratch_path("missing"));
	for (int i = 0; i < 5000; i++) {
		assert_null(table_open(cut, 0, &why));
		assert_null(table_open(missing, 0, &why));
	}
	assert_int_equal(count_descriptors(), before);
}

/* "a" is "1", or "2" when the change was made; anything else, or a file left behind, is a fault. */
static void
check_after(bool committed, const char *what)
{
	struct table *t = open_table(scratch_path("t"), 0);

	assert_has(t, "a", committed ? "2" : "1");
	table_close(t);
	if (count_files() != 1)
		fail_msg("%s: %zu files", what, count_files());
}

static bool
try_to_build(int entries)
{
	struct index_build_options o = plain();
	struct why why = WHY_INIT;
	struct index_build *b = index_build_open(scratch_path("t"), &o, &why);
	int result = b != NULL ? 0 : -1;
	char key[50];

	for (int i = 0; result >= 0 && i < entries; i++) {
		snprintf(key, sizeof(key), "key number %d", i);
		result = index_build_put(b, str_of(key), str_of(key), false, &why);
	}
	if (result >= 0)
		result = index_build_put(b, STR("a"), STR("2"), false, &why);
	if (result >= 0)
		result = index_build_commit(b, &why);
	index_build_close(b);
	assert_int_equal(result < 0, why.text[0] != '\0');
	return result >= 0;
}

/* A disk that is full after 16 KiB. */
static void
test_a_full_disk(void **state)
{
	struct rlimit before, little;

	(void)state;
	BUILD(scratch_path("t"), plain(), "a", "1");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little = before;
	little.rlim_cur = 16384;
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_false(try_to_build(5000));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	check_after(false, "full");
	assert_int_equal(unlink(index_path("t")), 0);
}

#ifdef ENABLE_FAULTS
static void
test_calls_that_fail(void **state)
{
	static const char *const kinds[] = { "open", "rename", "sync", "stat", "lock" };

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds) * 4; k++) {
		char rules[50];
		bool committed;

		BUILD(scratch_path("t"), plain(), "a", "1");
		snprintf(rules, sizeof(rules), "fail:%s:EIO:%zu", kinds[k / 4], k % 4 + 1);
		fault_rules(rules);
		committed = try_to_build(10);
		fault_rules(NULL);
		/* When the folder cannot be synced after the rename, either may count. */
		if (committed || strcmp(kinds[k / 4], "rename") == 0)
			check_after(committed, rules);
		assert_int_equal(count_files(), 1);
	}
	assert_int_equal(unlink(index_path("t")), 0);
}

/* A key that is there is found, or could not be found out. */
static void
test_look_ups_whose_calls_fail(void **state)
{
	static const char *const kinds[] = { "open", "stat", "lock", "read" };

	(void)state;
	BUILD(scratch_path("t"), plain(), "a", "1");
	for (size_t k = 0; k < ARRAY_LEN(kinds) * 4; k++) {
		char rules[50], name[300];

		snprintf(name, sizeof(name), "%s:%s", format->name, scratch_path("t"));
		snprintf(rules, sizeof(rules), "fail:%s:EIO:%zu", kinds[k / 4], k % 4 + 1);
		fault_rules(rules);
		ask_of_damaged(name, 0);
		fault_rules(NULL);
	}
	assert_int_equal(unlink(index_path("t")), 0);
}
#endif

static int
run_each(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nuls_are_nobodys_business),
		cmocka_unit_test(test_a_new_index_counts_at_once),
		cmocka_unit_test(test_a_turned_link_counts_after_a_second),
		cmocka_unit_test(test_changes_to_an_index),
		cmocka_unit_test(test_a_lost_index_is_not_an_empty_one),
		cmocka_unit_test(test_an_index_that_comes_late),
		cmocka_unit_test(test_a_file_cut_at_any_byte),
		cmocka_unit_test(test_many_entries),
		cmocka_unit_test(test_notice_of_an_old_index),
		cmocka_unit_test_setup_teardown(
		    test_nothing_changes_without_commit, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(
		    test_onto_nothing_begins_empty, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(
		    test_failed_opens_leave_no_descriptor, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(test_a_full_disk, scratch_make, scratch_drop),
#ifdef ENABLE_FAULTS
		cmocka_unit_test_setup_teardown(test_calls_that_fail, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(
		    test_look_ups_whose_calls_fail, scratch_make, scratch_drop),
#endif
	};

	return cmocka_run_group_tests_name(format->name, tests, scratch_make, NULL);
}

static int
run_hash(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_postfix_wrote),
		cmocka_unit_test(test_an_index_rewritten_in_place),
		cmocka_unit_test(test_what_is_no_index),
		cmocka_unit_test_setup_teardown(
		    test_build_failures_have_words, scratch_make, scratch_drop),
		cmocka_unit_test_setup_teardown(test_no_db_config, scratch_make, scratch_drop),
	};

	return cmocka_run_group_tests(tests, scratch_make, NULL);
}

int
main(void)
{
	static const struct str names[] = { STR_INIT("hash"), STR_INIT("btree"), STR_INIT("lmdb"),
		STR_INIT("cdb") };
	int failed = run_hash();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		format = index_format_find(names[i]);
		if (format != NULL)
			failed += run_each();
	}
	return failed;
}
