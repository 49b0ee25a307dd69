/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sys/folder_of_test.h"

#include <errno.h>
#include <sys/stat.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/file.h"

static void
touch(const char *path)
{
	int fd = sys_open(path, O_WRONLY | O_CREAT | O_EXCL, 0640);

	assert_true(fd >= 0);
	assert_int_equal(sys_write_all(fd, str_of(path)), 0);
	sys_close(fd);
}

static void
test_names_are_moved_linked_and_removed(void **state)
{
	struct file_info info;

	(void)state;
	touch("a");
	assert_int_equal(sys_link("a", "b"), 0);
	assert_int_equal(sys_link("a", "b"), -EEXIST);
	assert_int_equal(sys_info("a", &info), 0);
	assert_int_equal(info.links, 2);
	assert_int_equal(sys_make_folder("d", 0700), 0);
	assert_int_equal(sys_make_folder("d", 0700), -EEXIST);
	assert_int_equal(sys_rename("b", "d/b"), 0);
	assert_int_equal(sys_rename("b", "d/b"), -ENOENT);
	touch("c");
	assert_int_equal(sys_rename_new(AT_FDCWD, "c", AT_FDCWD, "d/b"), -EEXIST);
	assert_int_equal(sys_rename("c", "d/b"), 0);
	assert_int_equal(sys_info("d/b", &info), 0);
	assert_int_equal(info.links, 1);
	assert_int_equal(sys_remove_folder("d"), -ENOTEMPTY);
	assert_int_equal(sys_unlink("d/b"), 0);
	assert_int_equal(sys_unlink("d/b"), -ENOENT);
	assert_int_equal(sys_unlink("a"), 0);
	assert_int_equal(sys_remove_folder("d"), 0);
}

static void
test_names_in_an_open_folder(void **state)
{
	struct file_info info;
	struct folder f;
	int at;

	(void)state;
	assert_int_equal(sys_make_folder("d", 0700), 0);
	assert_int_equal(folder_open(&f, AT_FDCWD, "d"), 0);
	at = folder_fd(&f);
	assert_int_equal(sys_make_folder_at(at, "e", 0700), 0);
	touch("d/a");
	assert_int_equal(sys_link_at(at, "a", at, "e/b"), 0);
	assert_int_equal(sys_rename_at(at, "a", AT_FDCWD, "here"), 0);
	assert_int_equal(sys_info_at(at, "e/b", &info), 0);
	assert_int_equal(info.size, 3);
	assert_int_equal(sys_unlink_at(at, "e/b"), 0);
	assert_int_equal(sys_unlink_at(at, "e"), -EISDIR);
	folder_close(&f);
	assert_int_equal(sys_remove_folder("d/e"), 0);
	assert_int_equal(sys_remove_folder("d"), 0);
	assert_int_equal(sys_unlink("here"), 0);
}

static void
test_says_what_a_name_is(void **state)
{
	struct file_info info;
	int fd;

	(void)state;
	touch("f");
	assert_int_equal(sys_symlink("f", "l"), 0);
	assert_int_equal(mkfifo("p", 0600), 0);
	assert_int_equal(sys_info("l", &info), 0);
	assert_int_equal(info.kind, FILE_REGULAR);
	assert_int_equal(info.size, 1);
	assert_int_equal(info.uid, geteuid());
	assert_int_equal(sys_info_at(AT_FDCWD, "l", &info), 0);
	assert_int_equal(info.kind, FILE_LINK);
	assert_int_equal(sys_info("p", &info), 0);
	assert_int_equal(info.kind, FILE_FIFO);
	assert_int_equal(sys_info(".", &info), 0);
	assert_int_equal(info.kind, FILE_FOLDER);
	assert_int_equal(info.mode, 0700);
	assert_int_equal(sys_info("/dev/null", &info), 0);
	assert_int_equal(info.kind, FILE_DEVICE);
	fd = sys_open("f", O_RDONLY, 0);
	assert_int_equal(sys_info_fd(fd, &info), 0);
	assert_int_equal(info.kind, FILE_REGULAR);
	sys_close(fd);
	assert_int_equal(sys_info_fd(fd, &info), -EBADF);
	assert_int_equal(sys_info("nothing", &info), -ENOENT);
	assert_int_equal(sys_unlink("f"), 0);
	assert_int_equal(sys_unlink("l"), 0);
	assert_int_equal(sys_unlink("p"), 0);
}

static void
test_times_modes_owners(void **state)
{
	struct file_info info;
	int fd;

	(void)state;
	touch("f");
	assert_int_equal(sys_set_times(AT_FDCWD, "f", 5 * TICKS_SECOND + 7, 9 * TICKS_DAY + 1), 0);
	assert_int_equal(sys_info("f", &info), 0);
	assert_true(info.accessed == 5 * TICKS_SECOND + 7);
	assert_true(info.modified == 9 * TICKS_DAY + 1);
	fd = sys_open("f", O_RDONLY, 0);
	assert_int_equal(sys_set_times_fd(fd, 0, TICKS_DAY), 0);
	assert_int_equal(sys_set_mode_fd(fd, 0604), 0);
	assert_int_equal(sys_set_owner_fd(fd, geteuid(), getegid()), 0);
	sys_close(fd);
	assert_int_equal(sys_info("f", &info), 0);
	assert_true(info.modified == TICKS_DAY);
	assert_int_equal(info.mode, 0604);
	assert_int_equal(sys_set_mode("f", 0400), 0);
	assert_int_equal(sys_set_owner("f", geteuid(), getegid()), 0);
	assert_int_equal(sys_may_access("f", R_OK), 0);
	assert_int_equal(sys_may_access("f", X_OK), -EACCES);
	assert_int_equal(sys_may_access("nothing", F_OK), -ENOENT);
	assert_int_equal(sys_set_mode("nothing", 0400), -ENOENT);
	assert_int_equal(sys_set_owner("nothing", 0, 0), -ENOENT);
	assert_int_equal(sys_unlink("f"), 0);
}

static void
test_reads_the_text_of_a_link(void **state)
{
	AUTO(buf) b = BUF_INIT(12);
	char path[5000] = "";

	(void)state;
	assert_int_equal(sys_symlink("somewhere", "l"), 0);
	assert_int_equal(buf_add(&b, STR("->")), 0);
	assert_int_equal(sys_read_link("l", &b), 0);
	assert_str_is(buf_str(&b), "->somewhere");
	assert_int_equal(sys_read_link("l", &b), ERR_TOO_LONG);
	assert_int_equal(sys_read_link(".", &b), -EINVAL);
	memset(path, 'x', 4999);
	assert_int_equal(sys_symlink(path, "m"), -ENAMETOOLONG);
	assert_int_equal(sys_unlink("l"), 0);
}

static void
test_lists_a_folder(void **state)
{
	struct folder f;
	struct folder_entry entry;
	unsigned seen = 0;
	int n;

	(void)state;
	touch("a");
	touch(".b");
	assert_int_equal(sys_make_folder("c", 0700), 0);
	assert_int_equal(folder_open(&f, AT_FDCWD, "."), 0);
	while ((n = folder_next(&f, &entry)) > 0) {
		if (strcmp(entry.name, "a") == 0 || strcmp(entry.name, ".b") == 0)
			assert_int_equal(entry.kind, FILE_REGULAR);
		else
			assert_string_equal(entry.name, "c");
		seen |= 1U << (entry.name[strlen(entry.name) - 1] - 'a');
	}
	assert_int_equal(n, 0);
	assert_int_equal(seen, 7);
	folder_close(&f);
	folder_close(&f);
	assert_int_equal(folder_open(&f, AT_FDCWD, "a"), -ENOTDIR);
	assert_int_equal(folder_open(&f, AT_FDCWD, "nothing"), -ENOENT);
	assert_int_equal(sys_unlink("a"), 0);
	assert_int_equal(sys_unlink(".b"), 0);
	assert_int_equal(sys_remove_folder("c"), 0);
}

static void
test_space_of_a_disk(void **state)
{
	struct disk_space space;

	(void)state;
	assert_int_equal(sys_disk_space(".", &space), 0);
	assert_true(space.total > 0 && space.free <= space.total && space.files > 0);
	assert_int_equal(sys_disk_space("nothing", &space), -ENOENT);
}

static void
test_missing_parents_are_made(void **state)
{
	struct file_info info;

	(void)state;
	assert_int_equal(sys_make_parents("one/two/three"), 0);
	assert_int_equal(sys_info("one/two", &info), 0);
	assert_int_equal(sys_info("one/two/three", &info), -ENOENT);
	assert_int_equal(sys_make_parents("one/two/three"), 0);
	touch("file");
	assert_int_equal(sys_make_parents("file/below/it"), -ENOTDIR);
	assert_int_equal(sys_unlink("file"), 0);
	assert_int_equal(sys_remove_folder("one/two"), 0);
	assert_int_equal(sys_remove_folder("one"), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_missing_parents_are_made),
		IN_FOLDER(test_names_are_moved_linked_and_removed),
		IN_FOLDER(test_names_in_an_open_folder),
		IN_FOLDER(test_says_what_a_name_is),
		IN_FOLDER(test_times_modes_owners),
		IN_FOLDER(test_reads_the_text_of_a_link),
		IN_FOLDER(test_lists_a_folder),
		IN_FOLDER(test_space_of_a_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
