/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A UNIX socket connects at once or says that the listener's queue is full (-EAGAIN); then nothing
 * announces room, so that trying again after a moment is all there is.
 */
#include "lib/io/connect.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/run/watch.h"
#include "lib/sys/file.h"

#define QUEUE_FULL_PAUSE (10 * TICKS_MS)

PARKS static int
await_answer(int fd, int64_t deadline)
{
	struct watch w;
	int n = watch_open(&w, fd);

	if (n < 0)
		return n;
	n = watch_out(&w, deadline);
	watch_close(&w);
	return n < 0 ? n : sys_connect_result(fd);
}

PARKS static int
pause_for_room(int64_t deadline)
{
	int n;

	if (run_now() >= deadline)
		return ERR_TIMEOUT;
	n = task_sleep(ticks_min(deadline, run_deadline(QUEUE_FULL_PAUSE)));
	return n;
}

int
connect_to(const struct endpoint *peer, int *fd, int64_t deadline)
{
	int made, n = 0;

	if (task_is_cancelled())
		return ERR_CANCELLED;
	while ((made = sys_connect_start(peer)) == -EAGAIN) {
		n = pause_for_room(deadline);
		if (n < 0)
			return n;
	}
	if (made < 0)
		return made;
	if (peer->address.ss_family != AF_UNIX)
		n = await_answer(made, deadline);
	if (n < 0) {
		sys_close(made);
		return n;
	}
	*fd = made;
	return 0;
}

int
connect_unix(const char *path, int *fd, int64_t deadline)
{
	struct endpoint peer;
	int n = endpoint_unix(path, &peer);

	return n < 0 ? n : connect_to(&peer, fd, deadline);
}
