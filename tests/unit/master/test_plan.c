/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/sys/process.h"
#include "master/plan.h"
#include "tests/unit/master/config_folder.h"

/* Programs that are surely there stand for ours. */
#define MAIN_CF "daemon_directory = /bin\nmail_owner = daemon\nnetwork_owner = daemon\n"

static char said[4096];

static void
keep_words(void *context, bool is_error, const char *text)
{
	size_t n = strlen(said);

	(void)context;
	snprintf(said + n, sizeof(said) - n, "%s%s\n", is_error ? "E " : "W ", text);
}

static struct plan *
load(const char *main_cf, const char *master_cf, bool strict)
{
	char text[2048];

	snprintf(text, sizeof(text), "%s%s", MAIN_CF, main_cf);
	config_folder_write("main.cf", text);
	config_folder_write("master.cf", master_cf);
	said[0] = '\0';
	return plan_load(config_folder, strict, keep_words, NULL);
}

struct numbers {
	uint32_t workers, sessions, lifetime;
	bool resident;
};

#define CORES UINT32_MAX /* in a row: as many as this machine has, two at least */

static void
test_numbers(void **state)
{
	static const struct {
		const char *name, *main_cf, *line;
		struct numbers want;
	} rows[] = {
		{ "default", "default_workers = 2\n", "25 inet n - n - - sh", { 2, 50, 0, false } },
		{ "by the machine", "default_process_limit = 100000\n", "25 inet n - n - - sh",
		    { CORES, 0, 0, false } },
		{ "not even", "default_workers = 3\n", "25 inet n - n - 10 sh",
		    { 3, 4, 0, false } },
		{ "fewer clients than workers", "default_workers = 8\n", "25 inet n - n - 3 sh",
		    { 3, 1, 0, false } },
		{ "no limit", "default_workers = 2\n", "x unix - - n - 0 sh", { 2, 0, 0, false } },
		{ "of a service", "default_workers = 2\nx_workers = 5\n", "x unix - - n - 100 sh",
		    { 5, 20, 0, false } },
		{ "of a program", "default_workers = 2\nsh_workers = 4\n", "25 inet n - n - 100 sh",
		    { 4, 25, 0, false } },
		{ "in master.cf", "", "25 inet n - n - 100 sh -o default_workers=10",
		    { 10, 10, 0, false } },
		{ "one client a process", "worker_sessions = 1\n", "25 inet n - n - 100 sh",
		    { 100, 1, 1, false } },
		{ "few clients a process", "default_workers = 2\nworker_sessions = 7\n",
		    "25 inet n - n - 100 sh", { 15, 7, 0, false } },
		{ "more than it takes anyway", "default_workers = 2\nworker_sessions = 80\n",
		    "25 inet n - n - 100 sh", { 2, 50, 0, false } },
		{ "few clients a process, no limit", "worker_sessions = 1\n", "x unix - - n - 0 sh",
		    { 1000, 1, 1, false } },
		{ "queue manager", "default_workers = 4\nworker_sessions = 1\n",
		    "qmgr unix n - n 300 1 sh", { 1, 0, 0, true } },
		{ "woken when used", "default_workers = 2\n", "x unix - - n 300? - sh",
		    { 2, 50, 0, false } },
		{ "one at a time", "", "x unix - - n - 1 sh", { 1, 1, 0, false } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan *p = load(rows[i].main_cf, rows[i].line, false);
		struct numbers want = rows[i].want;
		const struct plan_service *s;

		if (p == NULL)
			fail_msg("%s: %s", rows[i].name, said);
		s = &p->services[0];
		if (want.workers == CORES) {
			want.workers = sys_cpu_count() < 2 ? 2 : sys_cpu_count();
			want.sessions = (100000 + want.workers - 1) / want.workers;
		}
		if (s->workers != want.workers || s->sessions != want.sessions ||
		    s->lifetime != want.lifetime || s->resident != want.resident)
			fail_msg("%s: workers %u, sessions %u, lifetime %u, %d", rows[i].name,
			    s->workers, s->sessions, s->lifetime, s->resident);
		plan_free(p);
	}
}

static void
test_each_missing_program_is_named_and_others_go_on(void **state)
{
	static const char master_cf[] =
	    "25 inet n - n - - sh\npickup unix n - n 60 1 pickup\n"
	    "cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n"
	    "local unix - n n - - sh\n";
	struct plan *p = load("", master_cf, false);

	(void)state;
	assert_non_null(p);
	assert_int_equal(p->service_count, 2);
	assert_non_null(strstr(said, "W /"));
	assert_non_null(strstr(said, "line 2: pickup unix: there is no program /bin/pickup"));
	assert_non_null(strstr(said, "line 3: cleanup unix: there is no program /bin/cleanup"));
	assert_non_null(strstr(said, "line 4: qmgr unix: there is no program /bin/qmgr"));
	assert_null(strstr(said, "line 1"));
	assert_null(strstr(said, "line 5"));
	plan_free(p);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *name, *main_cf, *master_cf, *words;
		bool strict;
	} rows[] = {
		{ "no service", "", "# none\n", "master.cf: no service is left to run", false },
		{ "one place twice", "",
		    "127.0.0.1:25 inet n - n - - sh\n127.0.0.1:smtp inet n - n - - sh\n",
		    "line 2: 127.0.0.1:smtp inet: 127.0.0.1:25 is taken by line 1 already", false },
		{ "no such port", "", "nosuchport inet n - n - - sh\n",
		    "line 1: nosuchport inet: there is no TCP port", false },
		{ "bad option", "", "x unix - - n - - sh -o max_idle=soon\n",
		    "line 1: x unix: option -o max_idle: ", false },
		{ "bad main.cf", "max_idle = soon\n", "x unix - - n - - sh\n", "max_idle", false },
		{ "misspelt", "max_ilde = 5s\n", "x unix - - n - - sh\n", "max_idle", true },
		{ "no account", "mail_owner = nobody-of-that-name\n", "x unix - - n - - sh\n",
		    "mail_owner = nobody-of-that-name: no such account", false },
		{ "an account that is root", "mail_owner = root\n", "x unix - - n - - sh\n",
		    "mail_owner = root: this account has the rights of root", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool for_root = strstr(rows[i].main_cf, "mail_owner") != NULL;
		struct plan *p;

		if (for_root && !sys_is_root())
			continue;
		p = load(rows[i].main_cf, rows[i].master_cf, rows[i].strict);
		if (p != NULL)
			fail_msg("%s: was taken", rows[i].name);
		if (strstr(said, rows[i].words) == NULL || strstr(said, "E /") == NULL)
			fail_msg("%s: %s", rows[i].name, said);
	}
}

static void
test_warnings(void **state)
{
	static const struct {
		const char *name, *main_cf, *master_cf, *words;
	} rows[] = {
		{ "misspelt", "max_ilde = 5s\n", "x unix - - n - - sh\n", "max_ilde" },
		{ "not served", "", "x unix - - n - - sh\ny unix-dgram - - n - - sh\n",
		    "line 2: y unix-dgram: datagrams are not served" },
		{ "missing", "", "x unix - - n - - sh\ny unix - - n - - nothing\n",
		    "line 2: y unix: there is no program /bin/nothing; the line is left out" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan *p = load(rows[i].main_cf, rows[i].master_cf, false);

		if (p == NULL)
			fail_msg("%s: %s", rows[i].name, said);
		assert_int_equal(p->service_count, 1);
		if (strstr(said, rows[i].words) == NULL || said[0] != 'W')
			fail_msg("%s: %s", rows[i].name, said);
		plan_free(p);
	}
}

/* master.cf of Postfix 3.12: what is built in here is noted together, and nothing is said of it. */
static void
test_services_of_postfix(void **state)
{
	static const char master_cf[] =
	    "smtp inet n - n - - sh\nsubmission inet n - n - - sh -o { smtpd_banner = a b }\n"
	    "smtps inet n - y - - sh -o syslog_name=postfix/smtps\n"
	    "smtpd pass - - n - - sh\nfifo fifo n - n 60 1 sh\n"
	    "tlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\n"
	    "bounce unix - - n - 0 bounce\nflush unix n - n 1000? 0 flush\n"
	    "proxywrite unix - - n - 1 proxymap\nshowq unix n - n - - showq\n"
	    "error unix - - n - - error\nretry unix - - n - - error\n"
	    "discard unix - - n - - discard\nscache unix - - n - 1 scache\n"
	    "postlog unix-dgram n - n - 1 postlogd\ndnsblog unix - - n - 0 dnsblog\n";
	struct plan *p = load("inet_interfaces = 127.0.0.1\n", master_cf, true);

	(void)state;
	if (p == NULL)
		fail_msg("%s", said);
	assert_string_equal(said, "");
	assert_int_equal(p->service_count, 5);
	assert_string_equal(p->left_out,
	    "tlsmgr rewrite bounce flush proxywrite showq error retry discard scache postlog "
	    "dnsblog");
	assert_non_null(plan_find(p, "smtpd", MASTER_PASS));
	assert_int_equal(plan_find(p, "smtpd", MASTER_PASS)->stage, STAGE_RECEPTION);
	assert_non_null(plan_find(p, "fifo", MASTER_UNIX));
	plan_free(p);
}

static void
test_disabled_services_are_not_looked_at(void **state)
{
	static const char master_cf[] =
	    "x unix - - n - - sh\ny unix - - n - - nothing\n26 inet n - n - - nothing\n";
	struct plan *p = load("master_service_disable = y/unix, inet\n", master_cf, false);

	(void)state;
	assert_non_null(p);
	assert_string_equal(said, "");
	assert_int_equal(p->service_count, 1);
	assert_non_null(plan_find(p, "x", MASTER_UNIX));
	assert_null(plan_find(p, "x", MASTER_INET));
	assert_null(plan_find(p, "y", MASTER_UNIX));
	plan_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_each_missing_program_is_named_and_others_go_on),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_services_of_postfix),
		cmocka_unit_test(test_disabled_services_are_not_looked_at),
	};

	return cmocka_run_group_tests(tests, config_folder_make, config_folder_remove);
}
