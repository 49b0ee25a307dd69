/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sys/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/base/ticks.h"
#include "lib/sys/call.h"
#include "lib/sys/process.h"

#define STATE_MAX 1024

static int manager = -1;
static int64_t watchdog;

/* A path, or, after '@', a name without one (unix(7)). */
static int
connect_to_manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	int fd;

	if ((name[0] != '/' && name[0] != '@') || n >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, name, n);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, length) == 0)
		return fd;
	close(fd);
	return -ECONNREFUSED;
}

/* WATCHDOG_PID, where it is set, says whose watchdog that is. */
static int64_t
find_watchdog(void)
{
	const char *usec = sys_environment("WATCHDOG_USEC"), *pid = sys_environment("WATCHDOG_PID");
	uint64_t number = 0, owner;

	if (usec == NULL || num_parse(str_of(usec), TICKS_MAX, &number) < 0)
		return 0;
	if (pid != NULL &&
	    (num_parse(str_of(pid), INT32_MAX, &owner) < 0 || (int)owner != (int)sys_pid()))
		return 0;
	return (int64_t)number; /* a tick is a microsecond */
}

void
notify_open(void)
{
	const char *name = sys_environment("NOTIFY_SOCKET");

	if (name == NULL)
		return;
	manager = connect_to_manager(name);
	watchdog = find_watchdog();
}

void
notify_send(const char *format, ...)
{
	char state[STATE_MAX];
	ssize_t n;
	va_list ap;

	if (manager < 0)
		return;
	va_start(ap, format);
	vsnprintf(state, sizeof(state), format, ap);
	va_end(ap);
	SYS_CALL(n, send(manager, state, strlen(state), MSG_NOSIGNAL));
	(void)n;
}

int64_t
notify_watchdog(void)
{
	return manager >= 0 ? watchdog : 0;
}
