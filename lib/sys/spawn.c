/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting programs. posix_spawn() does what fork() and exec() by hand would do, without a moment
 * in which our own code runs in a half-made process, and tells the starter when the program could
 * not be loaded. Descriptors are first copied above the range they are wanted in: fds[] may name
 * a descriptor that another one's place would overwrite.
 */
#include "lib/sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "lib/base/bug.h"
#include "lib/sys/fault.h"

#define SPAWN_FDS_MAX 128

static int
set_actions(posix_spawn_file_actions_t *actions, const struct spawn *s, const int *copies)
{
	int error = 0;

	for (size_t i = 0; i < s->fd_count && error == 0; i++)
		error = posix_spawn_file_actions_adddup2(actions, copies[i], (int)i);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(actions, (int)s->fd_count);
	if (error == 0 && s->folder != NULL)
		error = posix_spawn_file_actions_addchdir_np(actions, s->folder);
	return -error;
}

static int
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t set;
	int error;

	sigfillset(&set);
	error = posix_spawnattr_setsigdefault(attributes, &set);
	sigemptyset(&set);
	if (error == 0)
		error = posix_spawnattr_setsigmask(attributes, &set);
	if (error == 0)
		error = posix_spawnattr_setpgroup(attributes, 0);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes,
		    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	return -error;
}

static int
spawn_with(const struct spawn *s, const int *copies, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int result;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	result = set_actions(&actions, s, copies);
	if (result == 0)
		result = set_attributes(&attributes);
	if (result == 0)
		result = -(s->search ? posix_spawnp : posix_spawn)(
		    pid, s->path, &actions, &attributes, s->argv, s->environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return result;
}

int
sys_spawn(const struct spawn *s, pid_t *pid)
{
	int copies[SPAWN_FDS_MAX];
	size_t made = 0;
	int result = fault_call(FAULT_FORK, NULL);

	BUG_ON(s->fd_count > SPAWN_FDS_MAX);
	for (; made < s->fd_count && result == 0; made += result == 0) {
		copies[made] = fcntl(s->fds[made], F_DUPFD_CLOEXEC, (int)s->fd_count);
		if (copies[made] < 0)
			result = -errno;
	}
	if (result == 0)
		result = spawn_with(s, copies, pid);
	while (made > 0)
		close(copies[--made]);
	return result;
}
