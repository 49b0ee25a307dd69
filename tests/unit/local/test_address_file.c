/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/local/base.h"

#include <unistd.h>

#include "local/address_file.h"

static void
make_text(const char *path)
{
	FILE *f = fopen(path, "w");

	fputs("a, b\n", f);
	fclose(f);
}

static void
make_linked(const char *path)
{
	char other[400];

	snprintf(other, sizeof(other), "%s.other", path);
	make_text(other);
	assert_int_equal(link(other, path), 0);
}

static void
make_link(const char *path)
{
	char other[400];

	snprintf(other, sizeof(other), "%s.other", path);
	make_text(other);
	assert_int_equal(symlink(other, path), 0);
}

static void
make_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void
make_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
make_writable(const char *path)
{
	make_text(path);
	assert_int_equal(chmod(path, 0602), 0);
}

static void
make_group_writable(const char *path)
{
	make_text(path);
	assert_int_equal(chmod(path, 0660), 0);
}

static void
make_strangers(const char *path)
{
	make_text(path);
	assert_int_equal(chown(path, 12345, 12345), 0);
}

static void
make_huge(const char *path)
{
	make_text(path);
	assert_int_equal(truncate(path, (off_t)ADDRESS_FILE_MAX + 1), 0);
}

static void
make_nothing(const char *path)
{
	(void)path;
}

struct row {
	const char *name;
	void (*make)(const char *path);
	enum mailbox_text_status own, list; /* as .forward, as list */
	const char *words;
	bool needs_root;
};

static void
check(const struct row *r, bool is_include)
{
	AUTO(buf) text = BUF_INIT(ADDRESS_FILE_MAX);
	struct address_file file = { .text = &text };
	enum mailbox_text_status wanted = is_include ? r->list : r->own, status;
	struct why why = WHY_INIT;
	char path[300];

	snprintf(path, sizeof(path), "%s/%s%d", base, r->name, is_include);
	r->make(path);
	status = address_file_read(path, is_include, &file, &why);
	if (status != wanted)
		fail_msg("%s%s: %d, %s", r->name, is_include ? ", a list" : "", status, why.text);
	if (status == MAILBOX_TEXT_FOUND)
		assert_string_equal(buf_text(&text), "a, b\n");
	else if (strstr(why.text, r->words) == NULL || strstr(why.text, path) == NULL)
		fail_msg("%s: %s", r->name, why.text);
}

static void
test_files(void **state)
{
	static const struct row rows[] = {
		{ "text", make_text, MAILBOX_TEXT_FOUND, MAILBOX_TEXT_FOUND, "", false },
		{ "group", make_group_writable, MAILBOX_TEXT_FOUND, MAILBOX_TEXT_FOUND, "", false },
		{ "nothing", make_nothing, MAILBOX_TEXT_NONE, MAILBOX_TEXT_NONE,
		    "No such file or directory", false },
		{ "text0/below", make_nothing, MAILBOX_TEXT_NONE, MAILBOX_TEXT_NONE,
		    "Not a directory", false },
		{ "link", make_link, MAILBOX_TEXT_UNSAFE, MAILBOX_TEXT_UNSAFE,
		    "Too many levels of symbolic links", false },
		{ "linked", make_linked, MAILBOX_TEXT_UNSAFE, MAILBOX_TEXT_FOUND,
		    "has another name", false },
		{ "fifo", make_fifo, MAILBOX_TEXT_UNSAFE, MAILBOX_TEXT_UNSAFE,
		    "is not a regular file", false },
		{ "folder", make_folder, MAILBOX_TEXT_UNSAFE, MAILBOX_TEXT_UNSAFE,
		    "is not a regular file", false },
		{ "writable", make_writable, MAILBOX_TEXT_UNSAFE, MAILBOX_TEXT_UNSAFE,
		    "is world writable", false },
		{ "stranger", make_strangers, MAILBOX_TEXT_UNSAFE, MAILBOX_TEXT_FOUND,
		    "has bad owner uid 12345", true },
		{ "huge", make_huge, MAILBOX_TEXT_FAILED, MAILBOX_TEXT_FAILED, "too long", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].needs_root && geteuid() != 0)
			continue;
		check(&rows[i], false);
		check(&rows[i], true);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_files, make_base, remove_base),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
