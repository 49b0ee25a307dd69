/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/config/files.h"
#include "lib/config/settings.h"

static char folder[] = "/tmp/test_files.XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
read_all(struct buf *out, int expected)
{
	struct why why = WHY_INIT;

	buf_clear(out);
	assert_int_equal(files_read(folder, out, &why), expected);
	assert_int_equal(why.text[0] != '\0', expected < 0);
}

static void
drop_report(void *context, bool is_error, const char *text)
{
	unsigned *count = context;

	(void)is_error;
	(void)text;
	++*count;
}

static void
check_setting(
    const struct settings *s, const char *name, const char *raw, const char *file, int line)
{
	const struct setting *setting = settings_find(s, str_of(name));

	assert_non_null(setting);
	assert_string_equal(setting->raw, raw);
	assert_non_null(strstr(setting->file, file));
	assert_int_equal(setting->line, line);
}

static void
test_order_and_origin(void **state)
{
	const struct config_source source = { .directory = folder };
	AUTO(buf) text = BUF_INIT(100000);
	struct settings s;
	unsigned reports = 0;

	(void)state;
	write_file("main.cf", "one = main\ntwo = main"); /* without a line end */
	write_file("main.cf.d/20.cf", "  indented = x\nthree = 20\n");
	write_file("main.cf.d/10.cf", "\ntwo = 10\nthree = 10\n");
	write_file("main.cf.d/.cf", "four = hidden\n");
	write_file("main.cf.d/no.conf", "four = other\n");
	read_all(&text, 0);
	settings_init(&s, &source);
	/* The first line of a file never continues the last of another. */
	assert_int_equal(settings_read_text(&s, buf_str(&text), drop_report, &reports), ERR_SYNTAX);
	assert_int_equal(reports, 1);
	check_setting(&s, "one", "main", "/main.cf", 1);
	check_setting(&s, "two", "10", "/main.cf.d/10.cf", 2);
	check_setting(&s, "three", "20", "/main.cf.d/20.cf", 2);
	assert_null(settings_find(&s, STR("four")));
	settings_drop(&s);
}

static void
test_what_cannot_be_read(void **state)
{
	AUTO(buf) text = BUF_INIT(100000);
	AUTO(buf) little = BUF_INIT(60);

	(void)state;
	read_all(&little, ERR_TOO_LONG);
	write_file("main.cf.d/30.cf", "#\x1e/etc/other\n");
	read_all(&text, ERR_SYNTAX);
	write_file("main.cf.d/30.cf", "");
	read_all(&text, 0);
	write_file("main.cf", "");
	read_all(&text, 0);
}

static int
set_up(void **state)
{
	char path[200];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/main.cf.d", folder);
	return mkdir(path, 0755);
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "main.cf.d/10.cf", "main.cf.d/20.cf",
		"main.cf.d/30.cf", "main.cf.d/.cf", "main.cf.d/no.conf", "main.cf" };
	char path[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/main.cf.d", folder);
	return rmdir(path) < 0 ? -1 : rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_origin),
		cmocka_unit_test(test_what_cannot_be_read),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
