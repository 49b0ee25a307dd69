/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fork copies what the process holds in memory, so the two things that must not be had twice are
 * dealt with here: log lines that wait are written before, random bytes are forgotten after.
 */
#include "lib/sys/process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/sys/call.h"
#include "lib/sys/fault.h"
#include "lib/sys/log.h"
#include "lib/sys/random.h"

static pid_t own_pid; /* 0: not asked for yet */

int
sys_fork(void)
{
	int n = fault_call(FAULT_FORK, NULL);

	if (n < 0)
		return n;
	log_flush();
	SYS_CALL(n, fork());
	if (n == 0) {
		own_pid = 0;
		random_forget();
	}
	return n;
}

int
sys_exec(const char *path, char *const argv[], char *const envp[])
{
	(void)execve(path, argv, envp);
	return -errno;
}

void
sys_exit_now(int status)
{
	_exit(status);
}

static void
fill_end(pid_t pid, int status, struct process_end *out)
{
	out->pid = pid;
	out->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int
sys_reap(struct process_end *out)
{
	int status, n = fault_call(FAULT_WAIT, NULL);

	if (n == 0)
		SYS_CALL(n, waitpid(-1, &status, WNOHANG));
	if (n <= 0)
		return n;
	fill_end(n, status, out);
	return 1;
}

int
sys_wait(pid_t pid, struct process_end *out)
{
	int status, n = fault_call(FAULT_WAIT, NULL);

	if (n == 0)
		SYS_CALL(n, waitpid(pid, &status, 0));
	if (n < 0)
		return n;
	fill_end(n, status, out);
	return 0;
}

int
sys_kill(pid_t pid, int signal)
{
	return kill(pid, signal) < 0 ? -errno : 0;
}

pid_t
sys_pid(void)
{
	if (own_pid == 0)
		own_pid = getpid();
	return own_pid;
}

pid_t
sys_parent_pid(void)
{
	return getppid();
}

int
sys_die_with_parent(int signal)
{
	return prctl(PR_SET_PDEATHSIG, signal) < 0 ? -errno : 0;
}

int
sys_new_session(void)
{
	return setsid() < 0 ? -errno : 0;
}

uid_t
sys_uid(void)
{
	return getuid();
}

gid_t
sys_gid(void)
{
	return getgid();
}

uid_t
sys_effective_uid(void)
{
	return geteuid();
}

gid_t
sys_effective_gid(void)
{
	return getegid();
}

bool
sys_is_root(void)
{
	return geteuid() == 0;
}

int
sys_chdir(const char *path)
{
	return chdir(path) < 0 ? -errno : 0;
}

int
sys_chroot(const char *path)
{
	if (chroot(path) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

int
sys_no_new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

mode_t
sys_umask(mode_t mask)
{
	return umask(mask);
}

int
sys_limit_files(uint64_t wanted, uint64_t *got)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur < wanted) {
		struct rlimit more = { .rlim_cur = wanted, .rlim_max = limit.rlim_max };

		if (more.rlim_max < wanted)
			more.rlim_max = wanted;
		if (setrlimit(RLIMIT_NOFILE, &more) < 0) {
			more.rlim_cur = more.rlim_max = limit.rlim_max;
			if (setrlimit(RLIMIT_NOFILE, &more) < 0)
				return -errno;
		}
		limit = more;
	}
	*got = limit.rlim_cur;
	return 0;
}

int
sys_limit_file_size(uint64_t bytes)
{
	const struct rlimit limit = { .rlim_cur = bytes, .rlim_max = bytes };

	return setrlimit(RLIMIT_FSIZE, &limit) < 0 ? -errno : 0;
}

int
sys_limit_core(uint64_t bytes)
{
	const struct rlimit limit = { .rlim_cur = bytes, .rlim_max = bytes };

	return setrlimit(RLIMIT_CORE, &limit) < 0 ? -errno : 0;
}

void
sys_watchdog(unsigned seconds)
{
	(void)alarm(seconds);
}

unsigned
sys_cpu_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* "NAME=value" in the list? Fault rules must reach the programs that tests start. */
static bool
is_kept(const char *entry, const char *const *keep, size_t count)
{
	struct str name = str_part(str_of(entry), 0, str_index(str_of(entry), '='));

#ifdef ENABLE_FAULTS
	if (str_starts(name, STR("POSTROAD_FAULT")))
		return true;
#endif
	for (size_t i = 0; i < count; i++) {
		if (str_equal(name, str_of(keep[i])))
			return true;
	}
	return false;
}

/* Sets what the text "NAME=value" says, and frees the text. */
static int
restore(char *entry)
{
	char *value = strchr(entry, '=');
	int n = 0;

	if (value != NULL) {
		*value++ = '\0';
		n = setenv(entry, value, 1) < 0 ? -errno : 0;
	}
	mem_free(entry);
	return n;
}

int
sys_clean_environment(const char *const *keep, size_t count)
{
	char **clean, **old = environ;
	size_t size = 0, kept = 0;
	int n, failed = 0;

	while (old != NULL && old[size] != NULL)
		size++;
	clean = mem_array(size + 1, sizeof(*clean));
	for (size_t i = 0; i < size; i++) {
		if (is_kept(old[i], keep, count))
			clean[kept++] = mem_strdup(old[i]);
	}
	/* Through the library, which may have its own idea of where the old strings came from. */
	if (clearenv() != 0)
		failed = -ENOMEM;
	for (size_t i = 0; i < kept; i++) {
		n = restore(clean[i]);
		failed = failed == 0 ? n : failed;
	}
	mem_free(clean);
	return failed;
}

int
sys_set_environment(const char *name, const char *value)
{
	return setenv(name, value, 1) < 0 ? -errno : 0;
}

const char *
sys_environment(const char *name)
{
	return getenv(name);
}

char **
sys_environment_all(void)
{
	return environ;
}
