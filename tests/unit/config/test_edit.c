/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/config/edit.h"
#include "lib/sys/file.h"

static void
test_texts(void **state)
{
	static const struct {
		const char *name;
		enum edit_kind kind;
		const char *parameter, *value, *before, *after;
	} rows[] = {
		{ "replaced", EDIT_SET, "a", "2", "a = 1\n", "a = 2\n" },
		{ "added", EDIT_SET, "a", "2", "b = 1\n", "b = 1\na = 2\n" },
		{ "added to nothing", EDIT_SET, "a", "2", "", "a = 2\n" },
		{ "added where the end of line is missing", EDIT_SET, "a", "2", "b = 1",
		    "b = 1\na = 2\n" },
		{ "replaced where the end of line is missing", EDIT_SET, "a", "2", "b=1\na=1",
		    "b=1\na = 2\n" },
		{ "other lines stay as they are", EDIT_SET, "a", "2",
		    "# h\n\n b\nx=1\na=1\n  # t\ny\n", "# h\n\n b\nx=1\na = 2\n  # t\ny\n" },
		{ "continuation goes", EDIT_SET, "a", "2", "a = 1\n 2\n\t3\nb = 1\n",
		    "a = 2\nb = 1\n" },
		{ "comments inside stay", EDIT_SET, "a", "2", "a = 1\n# c\n\n 2\n# d\nb = 1\n",
		    "a = 2\n# c\n\n# d\nb = 1\n" },
		{ "later definitions go", EDIT_SET, "a", "2", "a = 1\nb = 1\na = 3\n",
		    "a = 2\nb = 1\n" },
		{ "names that begin alike", EDIT_SET, "a", "2", "ab = 1\na = 1\n",
		    "ab = 1\na = 2\n" },
		{ "commented line is no definition", EDIT_SET, "a", "2", "#a = 1\n",
		    "#a = 1\na = 2\n" },
		{ "empty value", EDIT_SET, "a", "", "a = 1\n", "a =\n" },
		{ "removed", EDIT_REMOVE, "a", "", "x = 1\na = 1\n # c\n 2\nb = 1\na=3",
		    "x = 1\n # c\nb = 1\n" },
		{ "removed, absent", EDIT_REMOVE, "a", "", "b = 1", "b = 1" },
		{ "commented out", EDIT_COMMENT, "a", "", "a = 1\n # c\n 2\nb = 1\na = 3\n",
		    "#a = 1\n # c\n# 2\nb = 1\n#a = 3\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);
		struct edit edit = { str_of(rows[i].parameter), str_of(rows[i].value) };

		assert_int_equal(
		    edit_text(str_of(rows[i].before), rows[i].kind, &edit, 1, &out), 0);
		if (strcmp(buf_text(&out), rows[i].after) != 0)
			fail_msg("%s: \"%s\"", rows[i].name, buf_text(&out));
	}
}

static void
test_several_edits(void **state)
{
	static const struct edit edits[] = {
		{ { "a", 1 }, { "1", 1 } },
		{ { "b", 1 }, { "2", 1 } },
		{ { "c", 1 }, { "3", 1 } },
	};
	AUTO(buf) out = BUF_INIT(1000);
	AUTO(buf) little = BUF_INIT(5);

	(void)state;
	assert_int_equal(edit_text(STR("c = x\nz = 0\na = x\n"), EDIT_SET, edits, 3, &out), 0);
	assert_string_equal(buf_text(&out), "c = 3\nz = 0\na = 1\nb = 2\n");
	assert_int_equal(edit_text(STR("z = 0\n"), EDIT_SET, edits, 3, &little), ERR_TOO_LONG);
}

static void
test_file(void **state)
{
	char folder[] = "/tmp/test_edit.XXXXXX", path[64], temporary[80];
	struct edit edit = { STR("a"), STR("2") };
	AUTO(buf) text = BUF_INIT(1000);
	struct stat st;
	struct why why;
	FILE *f;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/main.cf", folder);
	snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	assert_true(edit_file(path, EDIT_SET, &edit, 1, &why) < 0); /* there is no file */
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("a = 1\n", f);
	fclose(f);
	assert_int_equal(chmod(path, 0640), 0);

	assert_int_equal(edit_file(path, EDIT_SET, &edit, 1, &why), 0);
	assert_int_equal(sys_read_file(path, &text), 0);
	assert_string_equal(buf_text(&text), "a = 2\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(access(temporary, F_OK), -1);

	/* What an edit that was killed left behind does not stop the next one; a link would. */
	assert_int_equal(symlink(path, temporary), 0);
	assert_true(edit_file(path, EDIT_REMOVE, &edit, 1, &why) < 0);
	unlink(temporary);
	f = fopen(temporary, "w");
	assert_non_null(f);
	fputs("left over, and longer than what comes\n", f);
	fclose(f);
	assert_int_equal(edit_file(path, EDIT_REMOVE, &edit, 1, &why), 0);
	buf_clear(&text);
	assert_int_equal(sys_read_file(path, &text), 0);
	assert_int_equal(text.n, 0);

	fd = sys_open(folder, O_RDONLY | O_DIRECTORY, 0);
	assert_int_equal(sys_lock(fd, true), 0);
	assert_true(edit_file(path, EDIT_SET, &edit, 1, &why) < 0);
	assert_non_null(strstr(why.text, "another edit"));
	sys_close(fd);
	unlink(path);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_several_edits),
		cmocka_unit_test(test_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
