/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/status.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/io/listen.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "master/crew.h"

#define BACKLOG   16
#define PATIENCE  (2 * TICKS_SECOND)
#define LINE_MAX_ ((size_t)1024)

struct status {
	struct listener listener;
	const struct crews *crews;
	char *path;
};

static int
add_line(const struct crew *c, struct buf *out)
{
	struct crew_totals t = crew_totals(c);

	return buf_addf(out, "%s\t%s\t%u\t%u\t%u\t%llu\t%llu\n", c->name, master_type_name(c->type),
	    t.starting, t.ready, t.draining, (unsigned long long)t.sessions,
	    (unsigned long long)t.served);
}

/* The table is made before the first wait: crews may come and go during one. */
PARKS static void
serve(const struct status *s, int fd)
{
	AUTO(buf) table = BUF_INIT(1024 * LINE_MAX_);
	struct stream stream;
	int result = stream_open(&stream, fd);

	if (result < 0) {
		sys_close(fd);
		return;
	}
	LIST_EACH (it, &s->crews->list) {
		if (result == 0)
			result = add_line(CONTAINER_OF(it, struct crew, link), &table);
	}
	result = stream_write(&stream, buf_str(&table), run_deadline(PATIENCE));
	if (result == 0)
		result = stream_flush(&stream, run_deadline(PATIENCE));
	stream_close(&stream);
}

PARKS static void
status_run(void *arg)
{
	struct status *s = arg;
	struct endpoint peer;
	int fd, result;

	do {
		result = listener_accept(&s->listener, &fd, &peer, TICKS_NEVER);
		if (result == 0)
			serve(s, fd);
		else if (result != ERR_CANCELLED)
			result = task_sleep(run_deadline(TICKS_SECOND));
	} while (result != ERR_CANCELLED);
	listener_close(&s->listener);
	result = sys_unlink(s->path);
	(void)result; /* a name that is left is replaced at the next start */
	mem_free(s->path);
	mem_free(s);
}

static int
start_on(struct group *g, struct status *s)
{
	int fd = sys_listen_unix(s->path, 0600, BACKLOG), result;

	if (fd < 0)
		return fd;
	result = listener_open(&s->listener, fd);
	if (result < 0) {
		sys_close(fd);
		return result;
	}
	result = task_start(g, "status", status_run, s);
	if (result < 0)
		listener_close(&s->listener);
	return result;
}

int
status_start(struct group *g, const struct crews *all, const char *folder, struct why *why)
{
	AUTO(buf) path = BUF_INIT(LINE_MAX_);
	struct status *s = NEW(struct status);
	int result = buf_addf(&path, "%s/" STATUS_SOCKET, folder);

	s->crews = all;
	s->path = mem_strdup(buf_text(&path));
	if (result == 0)
		result = start_on(g, s);
	if (result == 0)
		return 0;
	why_set(why, "cannot listen on %s: %s", s->path, err_text(result));
	mem_free(s->path);
	mem_free(s);
	return result;
}
