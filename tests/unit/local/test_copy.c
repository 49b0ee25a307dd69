/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/scratch.h"

#include <errno.h>
#include <fcntl.h>

#include "local/copy.h"

/* What copying `text` in pieces of `size` bytes leaves in a file. */
static size_t
copy_text(struct str text, bool is_mbox, size_t size, char *out, size_t room)
{
	int fd = open(scratch_path("copy"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct copy c;
	ssize_t n;

	copy_start(&c, fd, is_mbox);
	for (; text.n != 0; text = str_from(text, size))
		copy_add(&c, str_part(text, 0, size));
	assert_int_equal(copy_finish(&c), 0);
	n = pread(fd, out, room, 0);
	close(fd);
	assert_int_equal(n, c.written);
	return (size_t)n;
}

static void
test_line_ends_and_from(void **state)
{
	static const struct {
		const char *name;
		struct str in;
		const char *maildir;
		const char *mbox;
	} rows[] = {
		{ "empty", { "", 0 }, "", "\n" },
		{ "lines", { "a\r\nb\r\n", 6 }, "a\nb\n", "a\nb\n\n" },
		{ "no final line end", { "a\r\nb", 4 }, "a\nb", "a\nb\n\n" },
		{ "bare LF", { "a\nb\n", 4 }, "a\nb\n", "a\nb\n\n" },
		{ "bare CR", { "a\rb\r\n", 5 }, "a\rb\n", "a\rb\n\n" },
		{ "CR CR LF", { "a\r\r\n", 4 }, "a\r\n", "a\r\n\n" },
		{ "CR at the end", { "a\r", 2 }, "a\r", "a\r\n\n" },
		{ "only CR", { "\r", 1 }, "\r", "\r\n\n" },
		{ "empty lines", { "\r\n\r\n", 4 }, "\n\n", "\n\n\n" },
		{ "From at the start", { "From a\r\n", 8 }, "From a\n", ">From a\n\n" },
		{ "From on a later line", { "x\r\nFrom a\r\n", 11 }, "x\nFrom a\n",
		    "x\n>From a\n\n" },
		{ "From within a line", { "x From a\r\n", 10 }, "x From a\n", "x From a\n\n" },
		{ "From: is no From_", { "From: a\r\n", 9 }, "From: a\n", "From: a\n\n" },
		{ ">From stays", { ">From a\r\n", 9 }, ">From a\n", ">From a\n\n" },
		{ "cut off", { "Fro\r\nFrom\r\n", 11 }, "Fro\nFrom\n", "Fro\nFrom\n\n" },
		{ "From and nothing more", { "From ", 5 }, "From ", ">From \n\n" },
		{ "From without its blank", { "From", 4 }, "From", "From\n\n" },
		{ "CR within From", { "Fr\rom \r\n", 8 }, "Fr\rom \n", "Fr\rom \n\n" },
		{ "eight bits", { "\xff\x80\r\n", 4 }, "\xff\x80\n", "\xff\x80\n\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t size = 1; size <= rows[i].in.n + 1; size++) {
			char out[100] = "";
			size_t n = copy_text(rows[i].in, false, size, out, sizeof(out));

			if (n != strlen(rows[i].maildir) || memcmp(out, rows[i].maildir, n) != 0)
				fail_msg(
				    "%s, pieces of %zu: \"%.*s\"", rows[i].name, size, (int)n, out);
			n = copy_text(rows[i].in, true, size, out, sizeof(out));
			if (n != strlen(rows[i].mbox) || memcmp(out, rows[i].mbox, n) != 0)
				fail_msg("%s, mbox, pieces of %zu: \"%.*s\"", rows[i].name, size,
				    (int)n, out);
		}
	}
}

static void
test_nul_bytes(void **state)
{
	char out[100];

	(void)state;
	assert_int_equal(copy_text(str_make("a\0b\r\n\0", 6), false, 2, out, sizeof(out)), 5);
	assert_memory_equal(out, "a\0b\n\0", 5);
}

/* Larger than the buffer, in pieces larger and smaller than it. */
static void
test_large(void **state)
{
	static char in[300000], out[300000];
	static const size_t sizes[] = { 1000, 65536, 70000, 300000 };
	size_t want = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : (char)('a' + i % 26);
	for (size_t i = 0; i < sizeof(in); i++)
		want += i % 78 != 76;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		assert_int_equal(
		    copy_text(str_make(in, sizeof(in)), false, sizes[i], out, sizeof(out)), want);
}

static void
test_the_first_failure_is_kept(void **state)
{
	struct copy c;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	copy_start(&c, fd, false);
	copy_add_raw(&c, STR("raw\n"));
	copy_add(&c, STR("x\r\n"));
	assert_int_equal(copy_finish(&c), -ENOSPC);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_ends_and_from),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_the_first_failure_is_kept),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
