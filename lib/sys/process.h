/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_PROCESS_H
#define LIB_SYS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/compiler.h"
#include "lib/base/why.h"

/* Processes, their ids, limits, signals. Each call answers 0, a value, or -errno. */

/* --- Birth and end ------------------------------------------------------------------------- */

MUST_USE int sys_fork(void); /* 0 in the child, its pid in the parent */
MUST_USE int sys_exec(
    const char *path, char *const argv[], char *const envp[]); /* only if it failed */
NORETURN void sys_exit_now(int status); /* without atexit() and buffers: for children */

struct process_end {
	pid_t pid;
	int status; /* of exit(); meaningless when signal is not 0 */
	int signal; /* that killed it; 0: it exited */
};

/* 1: *out tells of a child that has ended; 0: none has; -ECHILD: there are none. Never waits. */
MUST_USE int sys_reap(struct process_end *out);
MUST_USE int sys_wait(pid_t pid, struct process_end *out); /* waits for this one */
MUST_USE int sys_kill(pid_t pid, int signal);

pid_t sys_pid(void);
pid_t sys_parent_pid(void);
/* The kernel sends us `signal` when our parent dies. */
MUST_USE int sys_die_with_parent(int signal);
MUST_USE int sys_new_session(void); /* setsid */

/* --- Descriptors over exec ----------------------------------------------------------------- */

MUST_USE int sys_pipe(int fds[2]);         /* read end, write end; close-on-exec, blocking */
MUST_USE int sys_inherit(int fd, bool on); /* on: kept over exec */
MUST_USE int sys_move_fd(
    int from, int to); /* `to` is replaced, and kept over exec; `from` is closed */
/*
 * Looks at every open descriptor above 2 that is not in allowed[]; sets close-on-exec where it is
 * missing. Answers how many it had to correct: in a sound program none; *first is one of them.
 */
MUST_USE int sys_audit_descriptors(const int *allowed, size_t count, int *first);
/* Closes every descriptor from `first` on; but not those of kept[]. */
MUST_USE int sys_close_from(int first);
MUST_USE int sys_close_from_except(int first, const int *kept, size_t count);

/* --- Rights -------------------------------------------------------------------------------- */

struct identity {
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* supplementary */
	size_t group_count;
};

/*
 * Becomes *who for good: groups, then gid, then uid (real, effective, saved), each verified, and
 * that there is no way back. Not root: succeeds only where nothing is to be changed. On failure the
 * process may have lost a part of its rights: it must exit.
 */
MUST_USE int sys_become(const struct identity *who, struct why *why);

uid_t sys_uid(void); /* real */
gid_t sys_gid(void);
uid_t sys_effective_uid(void);
gid_t sys_effective_gid(void);
bool sys_is_root(void); /* effective uid 0 */

MUST_USE int sys_chdir(const char *path);
MUST_USE int sys_chroot(const char *path); /* and enters it */
MUST_USE int sys_no_new_privileges(void);
mode_t sys_umask(mode_t mask); /* answers the old one */

/* --- Limits -------------------------------------------------------------------------------- */

/* Raises the number of descriptors to `wanted`, or as near as we may; *got is what holds now. */
MUST_USE int sys_limit_files(uint64_t wanted, uint64_t *got);
MUST_USE int sys_limit_file_size(uint64_t bytes);
MUST_USE int sys_limit_core(uint64_t bytes);
unsigned sys_cpu_count(void); /* that we may run on; at least 1 */

/* SIGALRM kills us unless this is called again within so many seconds; 0: never. */
void sys_watchdog(unsigned seconds);

/* --- Environment --------------------------------------------------------------------------- */

/*
 * Removes every variable but those named. Fault builds keep POSTROAD_FAULT and POSTROAD_FAULT_FILE
 * too (fault.h).
 */
MUST_USE int sys_clean_environment(const char *const *keep, size_t count);
MUST_USE int sys_set_environment(const char *name, const char *value);
const char *sys_environment(const char *name); /* NULL: not set */
char **sys_environment_all(void);              /* for sys_exec; borrowed */

/* --- Signals ------------------------------------------------------------------------------- */

/*
 * Blocks these signals and answers a non-blocking, close-on-exec descriptor that becomes readable
 * when one comes. To be called before threads start, so that they inherit the mask.
 */
MUST_USE int sys_signals_open(const int *signals, size_t count);
MUST_USE int sys_signals_next(int fd); /* its number, or -EAGAIN */
/* In a child, before exec: no signal blocked, all as by default. */
MUST_USE int sys_signals_reset(void);
MUST_USE int sys_ignore_signal(int signal);

#endif
