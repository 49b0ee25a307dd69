/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent itself speaks with the queue manager, reads tables and looks at mail: too much for root.
 * And a process with an event loop and threads is a bad parent. So the child's parent is a third
 * process, of a page of code. It trusts its agent only so far: a user id below the least one, or a
 * group other than the one it was told of at its birth, is refused, whatever the agent says.
 */
#include "local/spawner.h"

#include <errno.h>
#include <signal.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/service/walls.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "lib/sys/socket.h"

#define FD_KEPT 3 /* above standard error: all that a spawner and a child have, but for the log */

/*
 * Only fd stays open, as FD_KEPT, and the log: a line for a number that is closed would land in
 * what gets that number next.
 */
static void
keep_only(int fd)
{
	int kept[LOG_SINKS_MAX];
	size_t count = log_descriptors(kept);

	if (sys_move_fd(fd, FD_KEPT) < 0 || sys_close_from_except(FD_KEPT + 1, kept, count) < 0 ||
	    sys_inherit(FD_KEPT, false) < 0)
		log_fatal(EX_OSERR, "cannot close descriptors");
}

static int
find_identity(
    const struct spawner_options *o, const struct spawner_request *r, struct identity *out)
{
	*out = (struct identity){ .uid = sys_uid(), .gid = sys_gid() };
	if (r->with_commands != 0 && !o->has_commands)
		return ERR_REFUSED;
	if (!sys_is_root())
		return 0;
	if (r->uid < o->least_uid || r->uid == UINT32_MAX || r->gid == UINT32_MAX)
		return ERR_REFUSED;
	if (r->with_extra_group != 0 && o->extra_gid == 0)
		return ERR_REFUSED;
	if (r->with_commands != 0 && r->uid == 0)
		return ERR_REFUSED;
	*out = (struct identity){ .uid = r->uid, .gid = r->gid };
	if (r->with_extra_group != 0) {
		out->groups = &o->extra_gid;
		out->group_count = 1;
	}
	return 0;
}

/*
 * Walls last for good, over exec too, and without new privileges a set-user-id program fails: whoever
 * starts commands of users has neither.
 */
static void
build_walls(const struct spawner_options *o, unsigned walls)
{
	struct why why = WHY_INIT;
	int result = sys_no_new_privileges();

	if (result < 0)
		log_fatal(EX_OSERR, "cannot give up privileges: %s", err_text(result));
	if (walls_build(o->config, SERVICE_USER_ROOT, walls, false, &why) < 0)
		log_fatal(EX_OSERR, "%s", why.text);
}

NORETURN static void
be_child(const struct spawner_options *o, const struct spawner_request *r,
    const struct identity *who, int fd)
{
	struct why why = WHY_INIT;

	keep_only(fd);
	if (sys_is_root() && sys_become(who, &why) < 0)
		log_fatal(EX_NOPERM, "%s", why.text);
	if (r->with_commands == 0)
		build_walls(o, 0);
	o->child(FD_KEPT);
	sys_exit_now(EX_SOFTWARE);
}

static void
carry_out(const struct spawner_options *o, const struct spawner_request *r, int fd)
{
	struct identity who;
	int pid;

	if (find_identity(o, r, &who) < 0) {
		log_error("refused to become user %u, group %u", r->uid, r->gid);
		log_flush();
		return;
	}
	pid = sys_fork();
	if (pid == 0)
		be_child(o, r, &who, fd);
	if (pid < 0) {
		log_warning("cannot start a process: %s", err_text(pid));
		log_flush();
	}
}

NORETURN static void
serve(const struct spawner_options *o)
{
	for (;;) {
		struct spawner_request request;
		unsigned count = 0;
		int fds[1];
		int n = sys_receive(FD_KEPT, &request, sizeof(request), fds, 1, &count);

		if (n == 0)
			sys_exit_now(0);
		if (n != (int)sizeof(request) || count != 1)
			log_fatal(EX_PROTOCOL, "a request that is none");
		carry_out(o, &request, fds[0]);
		sys_close(fds[0]);
	}
}

NORETURN static void
be_spawner(const struct spawner_options *o, int fd)
{
	int result;

	keep_only(fd);
	result = sys_set_nonblocking(FD_KEPT, false);
	if (result == 0)
		result = sys_ignore_signal(SIGCHLD); /* children need not be waited for */
	if (result < 0)
		log_fatal(EX_OSERR, "cannot prepare the parent of mailbox processes: %s",
		    err_text(result));
	if (!o->has_commands)
		build_walls(o, WALL_FORK);
	serve(o);
}

int
spawner_open(const struct spawner_options *o, struct why *why)
{
	int fds[2];
	int result = sys_socketpair(fds);
	int pid;

	if (result < 0) {
		why_set(why, "cannot make a socket: %s", err_text(result));
		return result;
	}
	pid = sys_fork();
	if (pid == 0)
		be_spawner(o, fds[1]);
	sys_close(fds[1]);
	if (pid > 0)
		return fds[0];
	sys_close(fds[0]);
	why_set(why, "cannot start a process: %s", err_text(pid));
	return pid;
}

int
spawner_start(int spawner, const struct spawner_request *r, int *fd)
{
	struct str bytes = str_make((const char *)r, sizeof(*r));
	int fds[2];
	int result = sys_socketpair(fds);

	if (result < 0)
		return result;
	result = sys_send(spawner, &bytes, 1, fds[1]);
	sys_close(fds[1]);
	if (result == (int)sizeof(*r)) {
		*fd = fds[0];
		return 0;
	}
	sys_close(fds[0]);
	return result < 0 ? result : -EIO;
}
