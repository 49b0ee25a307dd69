/* SPDX-License-Identifier: BSD-2-Clause */
/* Names in the queue directory; making and checking it. */
#include "tests/unit/spool/spool_test.h"

static void
test_names(void **state)
{
	struct queue_id id = queue_id_make(WALL, 7);
	char path[SPOOL_PATH_MAX], want[SPOOL_PATH_MAX], folder[SPOOL_PATH_MAX];

	(void)state;
	spool_message_path(SPOOL_INCOMING, &id, path);
	snprintf(want, sizeof(want), "incoming/%s", id.text);
	assert_string_equal(path, want);
	spool_message_path(SPOOL_DEFERRED, &id, path);
	snprintf(want, sizeof(want), "deferred/%c/%s", id.text[10], id.text);
	assert_string_equal(path, want);
	spool_message_folder(SPOOL_HOLD, &id, folder);
	assert_string_equal(folder, "hold");
	assert_string_equal(spool_queue_name(SPOOL_JOURNAL), "journal");
}

/* Each folder has one bit, and the bit leads back to it. */
static void
test_folder_bits(void **state)
{
	uint64_t all = 0;
	char a[SPOOL_PATH_MAX], b[SPOOL_PATH_MAX];

	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		struct queue_id id = queue_id_make(WALL + 2 * (int64_t)i, 7);
		uint64_t bit = spool_folder_bit(SPOOL_DEFERRED, &id);

		spool_message_folder(SPOOL_DEFERRED, &id, a);
		spool_folder_of_bit((unsigned)__builtin_ctzll(bit), b);
		assert_string_equal(a, b);
		all |= bit;
	}
	all |= spool_folder_bit(SPOOL_INCOMING, NULL) | spool_folder_bit(SPOOL_HOLD, NULL) |
	       spool_folder_bit(SPOOL_JOURNAL, NULL);
	assert_true(all == ((uint64_t)1 << SPOOL_FOLDERS) - 1);
	spool_folder_of_bit(34, a);
	assert_string_equal(a, "journal");
}

static unsigned reports;
static char last_report[512];

static void
see(void *context, const char *text)
{
	(void)context;
	reports++;
	snprintf(last_report, sizeof(last_report), "%s", text);
}

static int
check(void)
{
	const struct spool_owners none = { (uid_t)-1, (gid_t)-1, (gid_t)-1, (gid_t)-1 };

	reports = 0;
	return spool_check(spool_folder, &none, see, NULL);
}

static void
test_make_and_check(void **state)
{
	const struct spool_owners none = { (uid_t)-1, (gid_t)-1, (gid_t)-1, (gid_t)-1 };
	struct why why;
	struct stat st;

	(void)state;
	assert_int_equal(check(), 0);
	assert_int_equal(stat("public", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat("incoming", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);

	assert_int_equal(rmdir("hold"), 0);
	assert_int_equal(check(), 1);
	assert_non_null(strstr(last_report, "hold is missing"));

	assert_int_equal(chmod("incoming", 0755), 0);
	assert_int_equal(check(), 2);
	assert_int_equal(reports, 2);

	assert_int_equal(rmdir("corrupt"), 0);
	assert_int_equal(symlink("/", "corrupt"), 0);
	assert_int_equal(check(), 3);
	assert_true(spool_make(spool_folder, &none, &why) < 0);
	assert_non_null(strstr(why.text, "corrupt"));
	assert_int_equal(unlink("corrupt"), 0);

	assert_int_equal(spool_make(spool_folder, &none, &why), 0);
	assert_int_equal(check(), 0);
}

/* Folders above it are made; what cannot be one is named. */
static void
test_no_queue_directory(void **state)
{
	const struct spool_owners none = { (uid_t)-1, (gid_t)-1, (gid_t)-1, (gid_t)-1 };
	char absent[128], below_file[128];
	struct why why;
	int fd;

	(void)state;
	snprintf(absent, sizeof(absent), "%s/var/q", spool_folder);
	snprintf(below_file, sizeof(below_file), "%s/file/q", spool_folder);
	assert_int_equal(spool_check(absent, &none, see, NULL), -ENOENT);
	assert_int_equal(spool_make(absent, &none, &why), 0);
	assert_int_equal(spool_check(absent, &none, see, NULL), 0);
	fd = open("file", O_WRONLY | O_CREAT, 0600);
	close(fd);
	assert_int_equal(spool_make(below_file, &none, &why), -ENOTDIR);
	assert_non_null(strstr(why.text, below_file));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_folder_bits),
		spool_test(test_make_and_check),
		spool_test(test_no_queue_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
