/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/start.h"

#include <errno.h>
#include <string.h>

#include "lib/service/worker_options.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/sys/socket.h"
#include "lib/sys/spawn.h"
#include "master/log_file.h"

#define COMMAND_LINE_MAX ((size_t)1024 * 1024)

struct descriptors {
	int fds[WORKER_FD_SOCKETS + WORKER_SOCKETS_MAX];
	size_t count;
};

/* What the process gets, each in its place: nothing else is open in it. */
static void
collect(struct descriptors *d, int null, int link, const struct plan *p,
    const struct plan_service *service, const struct sockets *sockets)
{
	d->fds[WORKER_FD_NULL] = null;
	d->fds[WORKER_FD_NULL + 1] = null;
	d->fds[WORKER_FD_LOG] = log_file_count() > 0 ? log_file_descriptor(0) : null;
	d->fds[WORKER_FD_LOG_2] = log_file_count() > 1 ? log_file_descriptor(1) : null;
	d->fds[WORKER_FD_LINK] = link;
	d->fds[WORKER_FD_CONFIG] = p->main_cf_fd;
	d->count = WORKER_FD_SOCKETS;
	d->count += sockets_of(sockets, service, d->fds + WORKER_FD_SOCKETS);
}

static int
spawn(const struct plan *p, const struct plan_service *service, const struct descriptors *d,
    pid_t *pid)
{
	AUTO(arena) a = ARENA_INIT(COMMAND_LINE_MAX);
	const struct master_entry *entry = service->entry;
	struct worker_options options = {
		.service = service->name,
		.is_inet = service->type == MASTER_INET,
		.is_pass = service->type == MASTER_PASS,
		.directory = p->directory,
		.sockets = (unsigned)(d->count - WORKER_FD_SOCKETS),
		.capacity = service->sessions,
		.lifetime = service->lifetime,
		.keep_root = !entry->unprivileged,
		.chroot = entry->chroot && p->accounts.as_root,
		.resident = entry->wakeup != 0,
		.wakeup = entry->wakeup,
	};
	const struct log_sink *sinks = log_file_sinks(&options.log_count);
	char **argv;

	memcpy(options.logs, sinks, options.log_count * sizeof(*sinks));
	argv = worker_options_argv(&options, service->program, entry->args, entry->arg_count, &a);
	return sys_spawn(
	    &(struct spawn){
	        .path = service->program_path,
	        .argv = argv,
	        .environment = sys_environment_all(),
	        .fds = d->fds,
	        .fd_count = d->count,
	    },
	    pid);
}

int
start_process(const struct plan *p, const struct plan_service *service,
    const struct sockets *sockets, pid_t *pid, int *link_fd)
{
	struct descriptors d;
	int link[2], null, result;

	null = sys_open("/dev/null", O_RDWR, 0);
	if (null < 0)
		return null;
	result = sys_socketpair(link);
	if (result < 0) {
		sys_close(null);
		return result;
	}
	collect(&d, null, link[1], p, service, sockets);
	result = spawn(p, service, &d, pid);
	sys_close(null);
	sys_close(link[1]);
	if (result < 0)
		sys_close(link[0]);
	else
		*link_fd = link[0];
	return result;
}
