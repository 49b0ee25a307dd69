/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loss of power, at the harshest: of a file there is what its last sync made durable, of a folder the
 * names it had when it was last synced, and nothing else. A life is killed at the n-th named point; the
 * spool is built anew from what was durable then; recovery must find what was promised.
 *
 * What is durable is kept in shadow/: for each inode number a copy of the file, or the list of names and
 * inode numbers of the folder.
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/fault/spool_life.h"

static char shadow[80];

static void
shadow_path(ino_t inode, char path[120])
{
	snprintf(path, 120, "%s/%llu", shadow, (unsigned long long)inode);
}

static void
keep_file(int fd, ino_t inode)
{
	char path[120], bytes[65536];
	ssize_t n;
	int in, out;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* fd may be for writing only */
	in = open(path, O_RDONLY);
	shadow_path(inode, path);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	assert_int_equal(n, 0);
	close(in);
	close(out);
}

static void
keep_folder(int fd, ino_t inode)
{
	DIR *d = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
	char path[120];
	struct dirent *e;
	FILE *out;

	shadow_path(inode, path);
	out = fopen(path, "w");
	assert_true(d != NULL && out != NULL);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.')
			fprintf(out, "%c %llu %s\n", e->d_type == DT_DIR ? 'd' : 'f',
			    (unsigned long long)e->d_ino, e->d_name);
	}
	fclose(out);
	closedir(d);
}

static void
keep(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	if (S_ISDIR(st.st_mode))
		keep_folder(fd, st.st_ino);
	else
		keep_file(fd, st.st_ino);
}

/* Every folder that `postroad start` made is durable. */
static void
keep_folders(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char inner[300];

	assert_non_null(d);
	keep(dirfd(d));
	while ((e = readdir(d)) != NULL) {
		snprintf(inner, sizeof(inner), "%.150s/%.100s", path, e->d_name);
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			keep_folders(inner);
	}
	closedir(d);
}

/* The file as it was synced last; never synced: empty. */
static void
restore_file(int at, const char *name, unsigned long long inode)
{
	char path[120], bytes[65536];
	int in, out = openat(at, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ssize_t n;

	assert_true(out >= 0);
	shadow_path((ino_t)inode, path);
	in = open(path, O_RDONLY);
	while (in >= 0 && (n = read(in, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	if (in >= 0)
		close(in);
	close(out);
}

static void
restore_folder(int at, unsigned long long inode)
{
	char path[120], name[256], kind;
	unsigned long long entry;
	FILE *in;

	shadow_path((ino_t)inode, path);
	in = fopen(path, "r");
	while (in != NULL && fscanf(in, "%c %llu %255s\n", &kind, &entry, name) == 3) {
		int inner;

		if (kind == 'f') {
			restore_file(at, name, entry);
			continue;
		}
		assert_int_equal(mkdirat(at, name, 0700), 0);
		inner = openat(at, name, O_RDONLY | O_DIRECTORY);
		restore_folder(inner, entry);
		close(inner);
	}
	if (in != NULL)
		fclose(in);
}

/* The current spool becomes what was durable of it. */
static void
lose_power(void)
{
	struct stat st;
	int at;

	assert_int_equal(stat(spool_path(), &st), 0);
	assert_int_equal(chdir("/"), 0);
	remove_tree(spool_path());
	assert_int_equal(mkdir(spool_path(), 0700), 0);
	assert_int_equal(chdir(spool_path()), 0);
	at = open(".", O_RDONLY | O_DIRECTORY);
	restore_folder(at, st.st_ino);
	close(at);
}

static bool
killed_with(unsigned n)
{
	char rules[50];
	int status;
	pid_t pid;

	enter_spool();
	snprintf(shadow, sizeof(shadow), "%.64s-shadow", spool_path());
	assert_int_equal(mkdir(shadow, 0700), 0);
	keep_folders(spool_path());
	snprintf(rules, sizeof(rules), "kill:*:%u", n);
	pid = fork();
	if (pid == 0) {
		fault_rules(rules);
		fault_observe_sync(keep);
		in_spool(life_task, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
	lose_power();
	check_spool("power lost", n, EXCUSE_POWER);
	remove_tree(shadow);
	leave_spool();
	return WIFSIGNALED(status);
}

static void
test_power_is_lost_at_every_point(void **state)
{
	unsigned n = 1;

	(void)state;
	while (killed_with(n))
		n++;
	assert_true(n > 50);
	print_message("%u losses of power\n", n - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_power_is_lost_at_every_point),
	};

	ledger_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
