/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each system call of a delivery fails in turn. What is reported as delivered is there, once and
 * whole; what is not leaves no trace: no message, no half of one, no file in tmp/, no lock.
 */
#include "tests/unit/local/base.h"

#include <fcntl.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/fault.h"
#include "local/mailbox.h"
#include "tests/unit/run/in_loop.h"

#ifdef ENABLE_FAULTS

static const struct mailbox_options options = {
	.locks = { .dotlock = true, .fcntl = true, .attempts = 1, .delay = TICKS_MS },
	.strict_ownership = true,
	.host = "host",
};

/* Small, in memory; or in a file, and many writes long. */
static struct content content;

static size_t
count_in(const char *folder, const char *name)
{
	char path[400];
	struct dirent *entry;
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	d = opendir(path);
	while (d != NULL && (entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

static size_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

/* Writes once under the rule; true: it was delivered. */
static bool
write_under(const char *rule, const char *path)
{
	struct mailbox_job job = { .path = path,
		.base = base,
		.sender = STR("a@b"),
		.headers = STR("Delivered-To: c@d\r\n"),
		.arrival = TICKS_SECOND,
		.content = content };
	struct outcome out = { 0 };

	fault_rules(rule);
	mailbox_write(&job, &options, &out);
	fault_rules(NULL);
	if (out.status == OUTCOME_BOUNCED || out.text[0] == '\0')
		fail_msg("%s: %s", rule, out.text);
	return out.status == OUTCOME_DELIVERED;
}

static const char *const kinds[] = { "open:EMFILE", "open:ENOSPC", "write:ENOSPC", "write:EIO",
	"write:SHORT", "sync:EIO", "rename:EIO", "rename:EINVAL", "link:EIO", "mkdir:ENOSPC",
	"stat:EIO", "lock:EIO" };

/* Calls for fn with each kind failing at its first, second, … call, until that changes nothing. */
static void
sweep(bool (*fn)(const char *rule, const char *kind, int n))
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		for (int n = 1; n <= 14; n++) {
			char rule[100];

			snprintf(rule, sizeof(rule), "fail:%s:%d", kinds[i], n);
			if (fn(rule, kinds[i], n) && n > 8)
				break;
		}
	}
}

static bool
try_maildir(const char *rule, const char *kind, int n)
{
	char path[400], folder[300];
	bool delivered;

	snprintf(folder, sizeof(folder), "%s/%s-%d", base, kind, n);
	snprintf(path, sizeof(path), "%s/", folder);
	delivered = write_under(rule, path);
	if (count_in(folder, "new") != delivered)
		fail_msg("%s: %zu in new/", rule, count_in(folder, "new"));
	if (count_in(folder, "tmp") != 0)
		fail_msg("%s: something is left in tmp/", rule);
	assert_true(write_under("", path));
	assert_int_equal(count_in(folder, "new"), delivered + 1u);
	return delivered;
}

static bool
try_mbox(const char *rule, const char *kind, int n)
{
	char path[400], lock[420];
	size_t before, one;
	bool delivered;

	snprintf(path, sizeof(path), "%s/mbox-%s-%d", base, kind, n);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	if (n % 2 == 0)
		assert_true(write_under("", path));
	before = size_of(path);
	delivered = write_under(rule, path);
	one = size_of(path) - before;
	if ((one != 0) != delivered)
		fail_msg("%s: %zu bytes more", rule, one);
	assert_int_equal(access(lock, F_OK), -1);
	before = size_of(path);
	assert_true(write_under("", path));
	assert_true(!delivered || size_of(path) - before == one);
	return delivered;
}

static void
use_small(void)
{
	content = (struct content){
		.bytes = STR_INIT("Subject: x\r\n\r\nhello\r\n"), .fd = -1, .length = 21
	};
}

static int
use_large(void)
{
	char path[400], line[101];
	int fd;

	snprintf(path, sizeof(path), "%s/content", base);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	memset(line, 'x', 98);
	memcpy(line + 98, "\r\n", 3);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(write(fd, line, 100), 100);
	content = (struct content){ .fd = fd, .length = 300000 };
	return fd;
}

static void
sweep_both(void *arg)
{
	int fd;

	(void)arg;
	use_small();
	sweep(try_maildir);
	sweep(try_mbox);
	remove_base(NULL);
	assert_int_equal(make_base(NULL), 0);
	fd = use_large();
	sweep(try_maildir);
	sweep(try_mbox);
	close(fd);
}

static void
test_each_call_fails_once(void **state)
{
	(void)state;
	in_real(sweep_both, NULL);
}

/* Where everything is there already: how many calls of a kind decide. */
static void
count_deciding_calls(void *arg)
{
	static const struct {
		const char *path;
		const char *rule;
		bool delivered;
	} rows[] = {
		{ "box/", "fail:sync:EIO:1", false }, /* the file */
		{ "box/", "fail:sync:EIO:2", false }, /* its folder */
		{ "box/", "fail:sync:EIO:3", true },
		{ "box/", "fail:rename:EIO:1", false },
		{ "box/", "fail:rename:EINVAL:1", true }, /* by a link, then */
		{ "box/", "fail:rename:EINVAL:1 fail:link:EIO:1", false },
		{ "box/", "fail:write:SHORT:1-", true },
		{ "mbox", "fail:sync:EIO:1", false },
		{ "mbox", "fail:sync:EIO:2", true },
		{ "mbox", "fail:write:SHORT:1-", true },
		{ "mbox", "fail:lock:EIO:1", false },
		{ "mbox", "fail:open:EACCES:1", true }, /* no lock file: fcntl has to do */
		{ "mbox", "fail:open:EIO:1", false },
	};

	(void)arg;
	use_small();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[400];

		snprintf(path, sizeof(path), "%s/%s", base, rows[i].path);
		assert_true(write_under("", path));
		if (write_under(rows[i].rule, path) != rows[i].delivered)
			fail_msg("%s: %s", rows[i].path, rows[i].rule);
	}
}

static void
test_calls_that_decide(void **state)
{
	(void)state;
	in_real(count_deciding_calls, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_calls_that_decide, make_base, remove_base),
		cmocka_unit_test_setup_teardown(test_each_call_fails_once, make_base, remove_base),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* Without fault points there is nothing to test. */
int
main(void)
{
	return 77;
}

#endif
