/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/local/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <utime.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "local/mailbox.h"
#include "tests/unit/run/in_loop.h"

static const struct mailbox_options options = {
	.locks = { .dotlock = true,
	    .fcntl = true,
	    .attempts = 3,
	    .delay = TICKS_MS,
	    .stale_time = 500 * TICKS_SECOND },
	.strict_ownership = true,
	.host = "mail/host:1",
};

static struct mailbox_job
make_job(const char *name)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return (struct mailbox_job){
		.path = path,
		.base = base,
		.sender = STR("a@b"),
		.headers = STR("Delivered-To: c@d\r\n"),
		.arrival = 1700753647 * TICKS_SECOND,
		.content = { .bytes = STR("Subject: x\r\n\r\nFrom me\r\n"),
		    .fd = -1,
		    .length = 23 },
	};
}

/* The only file in a folder. */
static const char *
only_file(const char *folder, char *text, size_t room)
{
	static char name[600];
	struct dirent *entry;
	DIR *d = opendir(folder);
	size_t n;
	FILE *f;

	name[0] = '\0';
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		assert_string_equal(name, "");
		snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
	}
	closedir(d);
	if (name[0] == '\0')
		return NULL;
	f = fopen(name, "r");
	n = fread(text, 1, room - 1, f);
	text[n] = '\0';
	fclose(f);
	return strrchr(name, '/') + 1;
}

static void
write_maildir(void *arg)
{
	struct mailbox_job job = make_job("example.com/user/");
	struct outcome out;
	char folder[300], text[1000];
	struct stat st;
	const char *name;

	(void)arg;
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.text, "delivered to maildir");
	assert_string_equal(out.dsn, "2.0.0");
	snprintf(folder, sizeof(folder), "%snew", job.path);
	name = only_file(folder, text, sizeof(text));
	assert_non_null(name);
	assert_non_null(strstr(name, ".M"));
	assert_true(str_ends(str_of(name), STR(".mail\\057host\\0721")));
	assert_string_equal(text, "Delivered-To: c@d\nSubject: x\n\nFrom me\n");
	assert_int_equal(stat(job.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	snprintf(folder, sizeof(folder), "%stmp", job.path);
	assert_null(only_file(folder, text, sizeof(text)));
	snprintf(folder, sizeof(folder), "%scur", job.path);
	assert_int_equal(stat(folder, &st), 0);
}

static void
test_maildir(void **state)
{
	(void)state;
	in_real(write_maildir, NULL);
}

static void
write_many(void *arg)
{
	struct mailbox_job job = make_job("many/");
	struct outcome out;
	char folder[300];
	struct dirent *entry;
	size_t n = 0;
	DIR *d;

	(void)arg;
	for (int i = 0; i < 50; i++) {
		mailbox_write(&job, &options, &out);
		assert_int_equal(out.status, OUTCOME_DELIVERED);
	}
	snprintf(folder, sizeof(folder), "%snew", job.path);
	d = opendir(folder);
	while ((entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(d);
	assert_int_equal(n, 50);
}

static void
test_names_never_meet(void **state)
{
	(void)state;
	in_real(write_many, NULL);
}

static void
write_hindered_maildir(void *arg)
{
	struct mailbox_job job = make_job("user/");
	struct outcome out;
	char text[1000];

	(void)arg;
	job.size_limit = 10;
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "5.2.3");
	job.size_limit = mailbox_size(&job) - 1;
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "5.2.3");

	/* The content ends before it should: nothing is left behind. */
	job.size_limit = mailbox_size(&job);
	job.content = (struct content){ .fd = open("/dev/null", O_RDONLY), .length = 5 };
	mailbox_write(&job, &options, &out);
	assert_int_equal(out.status, OUTCOME_DEFERRED);
	assert_non_null(strstr(out.text, "end of stream"));
	close(job.content.fd);
	snprintf(text, sizeof(text), "%snew", job.path);
	assert_null(only_file(text, text, sizeof(text)));
	snprintf(text, sizeof(text), "%stmp", job.path);
	assert_null(only_file(text, text, sizeof(text)));

	job = make_job("missing/user/");
	job.base = "/no/such/base";
	job.path = "/no/such/base/user/";
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "4.2.0");
	assert_non_null(strstr(out.text, "No such file or directory"));

	scratch_write("plain", "");
	job = make_job("plain/");
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "4.2.0");
}

static void
test_maildir_that_cannot_be_written(void **state)
{
	(void)state;
	in_real(write_hindered_maildir, NULL);
}

static void
read_file(const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, room - 1, f);
	text[n] = '\0';
	fclose(f);
}

static const char one_message[] =
    "From a@b  Thu Nov 23 15:34:07 2023\nDelivered-To: c@d\nSubject: x\n\n>From me\n\n";

static void
write_mbox(void *arg)
{
	struct mailbox_job job = make_job("folder/mbox");
	struct outcome out;
	char text[1000], want[1000];
	struct stat st;

	(void)arg;
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.text, "delivered to mailbox");
	read_file(job.path, text, sizeof(text));
	assert_string_equal(text, one_message);
	assert_int_equal(stat(job.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	job.sender = STR_NONE;
	mailbox_write(&job, &options, &out);
	assert_int_equal(out.status, OUTCOME_DELIVERED);
	read_file(job.path, text, sizeof(text));
	snprintf(want, sizeof(want), "%sFrom MAILER-DAEMON%s", one_message, one_message + 8);
	assert_string_equal(text, want);

	/* A line without its end gets one. */
	scratch_write("cut", "From x\n\nhalf a li");
	job = make_job("cut");
	mailbox_write(&job, &options, &out);
	read_file(job.path, text, sizeof(text));
	snprintf(want, sizeof(want), "From x\n\nhalf a li\n%s", one_message);
	assert_string_equal(text, want);
}

static void
test_mbox(void **state)
{
	(void)state;
	in_real(write_mbox, NULL);
}

static void
write_limited_mbox(void *arg)
{
	struct mailbox_job job = make_job("limited");
	struct outcome out;
	char text[1000];

	(void)arg;
	scratch_write("limited", "123456789\n");
	job.size_limit = mailbox_size(&job) - 1;
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "5.2.3");
	job.size_limit = mailbox_size(&job) + 9;
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "4.2.2");
	assert_non_null(strstr(out.text, "is full"));
	job.content = (struct content){ .fd = open("/dev/null", O_RDONLY), .length = 5 };
	job.size_limit = 0;
	mailbox_write(&job, &options, &out);
	close(job.content.fd);
	assert_int_equal(out.status, OUTCOME_DEFERRED);
	read_file(job.path, text, sizeof(text));
	assert_string_equal(text, "123456789\n");
	job = make_job("limited");
	job.size_limit = mailbox_size(&job) + 10;
	mailbox_write(&job, &options, &out);
	assert_int_equal(out.status, OUTCOME_DELIVERED);
}

static void
test_mbox_limits_and_undoing(void **state)
{
	(void)state;
	in_real(write_limited_mbox, NULL);
}

static void
write_unsound_mbox(void *arg)
{
	struct mailbox_options other = options;
	struct mailbox_job job;
	struct outcome out;
	struct stat st;

	(void)arg;
	scratch_write("target", "x");
	assert_int_equal(symlink(scratch_path("target"), scratch_path("symbolic")), 0);
	assert_int_equal(link(scratch_path("target"), scratch_path("hard")), 0);
	assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
	assert_int_equal(mkdir(scratch_path("folder"), 0700), 0);
	static const struct {
		const char *name;
		const char *words;
	} rows[] = {
		{ "symbolic", "Too many levels of symbolic links" },
		{ "hard", "has another name" },
		{ "fifo", "is no regular file" },
		{ "folder", "Is a directory" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		job = make_job(rows[i].name);
		mailbox_write(&job, &options, &out);
		if (out.status != OUTCOME_DEFERRED || strstr(out.text, rows[i].words) == NULL)
			fail_msg("%s: %s", rows[i].name, out.text);
	}
	assert_int_equal(stat(scratch_path("target"), &st), 0);
	assert_int_equal(st.st_size, 1);
	if (geteuid() != 0)
		return;
	scratch_write("foreign", "x");
	assert_int_equal(chown(scratch_path("foreign"), 65534, 65534), 0);
	job = make_job("foreign");
	mailbox_write(&job, &options, &out);
	assert_non_null(strstr(out.text, "is owned by somebody else"));
	other.strict_ownership = false;
	mailbox_write(&job, &other, &out);
	assert_int_equal(out.status, OUTCOME_DELIVERED);
}

static void
test_mbox_that_is_not_sound(void **state)
{
	(void)state;
	in_real(write_unsound_mbox, NULL);
}

/* A process of its own, since record locks are a process's. */
static pid_t
hold_lock(const char *path, int ready)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	fd = open(path, O_RDWR);
	if (fcntl(fd, F_SETLK, &all) < 0 || write(ready, "x", 1) != 1)
		_exit(1);
	pause();
	_exit(0);
}

static void
write_locked_mbox(void *arg)
{
	struct mailbox_options with_flock = {
		.locks = { .flock = true, .attempts = 2, .delay = TICKS_MS }
	};
	struct utimbuf long_ago = { 1000000000, 1000000000 };
	struct mailbox_options impatient = options;
	struct mailbox_job job = make_job("locked");
	struct outcome out;
	int ready[2];
	pid_t pid;
	char c;

	(void)arg;
	scratch_write("locked", "");
	scratch_write("locked.lock", "");
	mailbox_write(&job, &options, &out);
	assert_int_equal(out.status, OUTCOME_DEFERRED);
	assert_non_null(strstr(out.text, "cannot make the lock file"));
	assert_int_equal(utime(scratch_path("locked.lock"), &long_ago), 0);
	impatient.locks.stale_time = -TICKS_SECOND;
	mailbox_write(&job, &impatient, &out);
	assert_int_equal(out.status, OUTCOME_DELIVERED);
	assert_int_equal(access(scratch_path("locked.lock"), F_OK), -1);

	assert_int_equal(pipe(ready), 0);
	pid = hold_lock(job.path, ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	mailbox_write(&job, &options, &out);
	assert_non_null(strstr(out.text, "another program holds its lock"));
	assert_int_equal(access(scratch_path("locked.lock"), F_OK), -1);
	mailbox_write(&job, &with_flock, &out);
	assert_int_equal(out.status, OUTCOME_DELIVERED);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	mailbox_write(&job, &options, &out);
	assert_int_equal(out.status, OUTCOME_DELIVERED);
}

static void
test_locks(void **state)
{
	(void)state;
	in_real(write_locked_mbox, NULL);
}

/* A recipient that is a file: a device, another's, or a program. */
static void
write_files(void *arg)
{
	struct mailbox_job job = make_job("saved");
	struct outcome out;
	struct stat st;

	(void)arg;
	job.is_file = true;
	mailbox_write(&job, &options, &out);
	assert_non_null(strstr(out.text, "delivered to file: "));
	assert_non_null(strstr(out.text, job.path));
	if (geteuid() == 0) {
		assert_int_equal(chown(job.path, 12345, 12345), 0);
		mailbox_write(&job, &options, &out);
		assert_string_equal(out.dsn, "2.0.0");
		job.is_file = false;
		mailbox_write(&job, &options, &out);
		assert_string_equal(out.dsn, "4.2.0");
		job.is_file = true;
	}
	assert_int_equal(stat(job.path, &st), 0);
	assert_int_equal(chmod(job.path, 0700), 0);
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "5.7.1");
	assert_non_null(strstr(out.text, "file is executable"));
	job.base = "";
	job.path = "/dev/null";
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.text, "delivered to file: /dev/null");
	job.path = "/dev/full";
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "4.3.1");
	job.path = "/dev/null";
	job.is_file = false;
	mailbox_write(&job, &options, &out);
	assert_string_equal(out.dsn, "4.2.0");
}

static void
test_recipients_that_are_files(void **state)
{
	(void)state;
	in_real(write_files, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_maildir, make_base, remove_base),
		cmocka_unit_test_setup_teardown(test_names_never_meet, make_base, remove_base),
		cmocka_unit_test_setup_teardown(
		    test_maildir_that_cannot_be_written, make_base, remove_base),
		cmocka_unit_test_setup_teardown(test_mbox, make_base, remove_base),
		cmocka_unit_test_setup_teardown(
		    test_mbox_limits_and_undoing, make_base, remove_base),
		cmocka_unit_test_setup_teardown(
		    test_mbox_that_is_not_sound, make_base, remove_base),
		cmocka_unit_test_setup_teardown(test_locks, make_base, remove_base),
		cmocka_unit_test_setup_teardown(
		    test_recipients_that_are_files, make_base, remove_base),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
