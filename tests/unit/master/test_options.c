/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "lib/base/err.h"
#include "master/options.h"

#define ARGS_MAX 6

static void
test_jobs_and_folders(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *variable; /* MAIL_CONFIG */
		enum master_job job;
		const char *directory;
		bool verbose;
	} rows[] = {
		{ { "master" }, NULL, JOB_DAEMON, CONFIG_DIRECTORY, false },
		{ { "master" }, "", JOB_DAEMON, CONFIG_DIRECTORY, false },
		{ { "master" }, "/there", JOB_DAEMON, "/there", false },
		{ { "master", "-c", "/here" }, "/there", JOB_DAEMON, "/here", false },
		{ { "master", "-w", "-v" }, NULL, JOB_DAEMON, CONFIG_DIRECTORY, true },
		{ { "master", "-s", "-c", "/here" }, NULL, JOB_FOREGROUND, "/here", false },
		{ { "master", "-i" }, NULL, JOB_FOREGROUND, CONFIG_DIRECTORY, false },
		{ { "master", "-d" }, NULL, JOB_FOREGROUND, CONFIG_DIRECTORY, false },
		{ { "master", "-k" }, NULL, JOB_CHECK, CONFIG_DIRECTORY, false },
		{ { "master", "-t" }, NULL, JOB_TEST, CONFIG_DIRECTORY, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char texts[ARGS_MAX][16], *argv[ARGS_MAX + 1] = { NULL };
		struct why why = WHY_INIT;
		struct master_options o;

		for (size_t k = 0; k < ARGS_MAX && rows[i].args[k] != NULL; k++) {
			snprintf(texts[k], sizeof(texts[k]), "%s", rows[i].args[k]);
			argv[k] = texts[k];
		}
		unsetenv("MAIL_CONFIG");
		if (rows[i].variable != NULL)
			setenv("MAIL_CONFIG", rows[i].variable, 1);
		assert_int_equal(master_options_parse(argv, &o, &why), 0);
		assert_int_equal(o.job, rows[i].job);
		assert_string_equal(o.directory, rows[i].directory);
		assert_int_equal(o.verbose, rows[i].verbose);
	}
	unsetenv("MAIL_CONFIG");
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *arg, *words;
	} rows[] = {
		{ "-x", "unknown option -x" },
		{ "-vv", "unknown option -vv" },
		{ "start", "unknown option start" },
		{ "-", "unknown option -" },
		{ "-c", "option -c: a value is missing" },
		{ "-cthere", "unknown option -cthere" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[] = "master", arg[16], *argv[] = { name, arg, NULL };
		struct why why = WHY_INIT;
		struct master_options o;

		snprintf(arg, sizeof(arg), "%s", rows[i].arg);
		assert_int_equal(master_options_parse(argv, &o, &why), ERR_SYNTAX);
		assert_true(str_starts(str_of(why.text), str_of(rows[i].words)));
	}
}

static void
test_folder_must_be_absolute(void **state)
{
	char name[] = "master", letter[] = "-c", folder[] = "here";
	char *argv[] = { name, letter, folder, NULL };
	struct why why = WHY_INIT;
	struct master_options o;

	(void)state;
	assert_int_equal(master_options_parse(argv, &o, &why), ERR_SYNTAX);
	assert_string_equal(why.text, "the configuration directory \"here\" must begin with /");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs_and_folders),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_folder_must_be_absolute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
