/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/control.h"

#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/io/listen.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "master/crew.h"
#include "master/master.h"

#define BACKLOG    16
#define PATIENCE   (2 * TICKS_SECOND)
#define LINE_MAX_  ((size_t)1024)
#define ANSWER_MAX ((size_t)1024 * 1024)

struct control {
	struct listener listener;
	struct master *master;
	char *path;
};

struct visit {
	struct master *master;
	int fd;
};

/* --- Requests ----------------------------------------------------------------------------------- */

static int
add_service(const struct crew *c, struct buf *out)
{
	struct crew_totals t = crew_totals(c);

	return buf_addf(out, "%s\t%s\t%u\t%u\t%u\t%llu\t%llu\n", c->name, master_type_name(c->type),
	    t.starting, t.ready, t.draining, (unsigned long long)t.sessions,
	    (unsigned long long)t.served);
}

static int
do_status(struct master *m, const char *argument, struct buf *out)
{
	int result = 0;

	(void)argument;
	LIST_EACH (it, &m->crews.list) {
		if (result == 0)
			result = add_service(CONTAINER_OF(it, struct crew, link), out);
	}
	return result == 0 ? EX_OK : EX_SOFTWARE;
}

static int
do_live(struct master *m, const char *argument, struct buf *out)
{
	(void)m;
	(void)argument;
	return buf_add(out, STR("master answers\n")) == 0 ? EX_OK : EX_SOFTWARE;
}

/* Every service has its sockets from start to stop; what may lack is a process that must be there. */
static int
do_ready(struct master *m, const char *argument, struct buf *out)
{
	const char *name = "";
	int result;

	(void)argument;
	if (m->stop_signal != 0)
		result = buf_add(out, STR("the mail system is stopping\n"));
	else if (crews_are_up(&m->crews, &name) != 1)
		result = buf_addf(out, "service %s does not run\n", name);
	else
		return buf_add(out, STR("all services run\n")) == 0 ? EX_OK : EX_SOFTWARE;
	return result == 0 ? EX_UNAVAILABLE : EX_SOFTWARE;
}

PARKS static int
do_reload(struct master *m, const char *argument, struct buf *out)
{
	struct reports reports;
	int status;

	reports_init(&reports);
	status = master_reload(m, argument[0] != '\0' ? argument : NULL, &reports);
	if (reports_text(&reports, out) < 0)
		buf_clear(out);
	reports_drop(&reports);
	return status;
}

PARKS static int
do_reopen(struct master *m, const char *argument, struct buf *out)
{
	struct why why = WHY_INIT;
	int status = master_reopen_log(m, &why);

	(void)argument;
	if (status != EX_OK && buf_addf(out, "%s\n", why.text) < 0)
		buf_clear(out);
	return status;
}

static const struct {
	const char *name;
	PARKS int (*run)(struct master *m, const char *argument, struct buf *out);
} requests[] = {
	{ "status", do_status },
	{ "live", do_live },
	{ "ready", do_ready },
	{ "reload", do_reload },
	{ "reopen", do_reopen },
};

PARKS static int
perform(struct master *m, struct str line, struct buf *out)
{
	struct str verb;
	const char *argument;

	line = str_trim(line);
	if (!str_word(&line, " ", &verb))
		return EX_USAGE;
	argument = arena_text(task_arena(), str_trim(line));
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		if (str_equal(verb, str_of(requests[i].name)))
			return requests[i].run(m, argument, out);
	}
	return EX_USAGE;
}

/* --- Visitors ----------------------------------------------------------------------------------- */

PARKS static int
converse(struct master *m, struct stream *s)
{
	AUTO(buf) answer = BUF_INIT(ANSWER_MAX);
	struct str line;
	int result = stream_read_line(s, LINE_MAX_, &line, run_deadline(PATIENCE)), status;

	if (result < 0)
		return result;
	status = perform(m, line, &answer);
	result = stream_printf(s, run_deadline(PATIENCE), "%d\n", status);
	if (result >= 0)
		result = stream_write(s, buf_str(&answer), run_deadline(PATIENCE));
	return result < 0 ? result : stream_flush(s, run_deadline(PATIENCE));
}

PARKS static void
visit_run(void *arg)
{
	struct visit *v = arg;
	struct stream s;
	int result = stream_open(&s, v->fd);

	if (result < 0) {
		sys_close(v->fd);
	} else {
		result = converse(v->master, &s);
		(void)result; /* who asked sees that there is no answer */
		stream_close(&s);
	}
	mem_free(v);
}

static void
start_visit(struct master *m, int fd)
{
	struct visit *v = NEW(struct visit);

	*v = (struct visit){ .master = m, .fd = fd };
	if (task_start(&m->helpers, "control", visit_run, v) == 0)
		return;
	sys_close(fd);
	mem_free(v);
}

PARKS static void
control_run(void *arg)
{
	struct control *c = arg;
	struct endpoint peer;
	int fd, result;

	do {
		result = listener_accept(&c->listener, &fd, &peer, TICKS_NEVER);
		if (result == 0)
			start_visit(c->master, fd);
		else if (result != ERR_CANCELLED)
			result = task_sleep(run_deadline(TICKS_SECOND));
	} while (result != ERR_CANCELLED);
	listener_close(&c->listener);
	result = sys_unlink(c->path);
	(void)result; /* a name that is left is replaced at the next start */
	mem_free(c->path);
	mem_free(c);
}

static int
start_on(struct control *c)
{
	int fd = sys_listen_unix(c->path, 0600, BACKLOG), result;

	if (fd < 0)
		return fd;
	result = listener_open(&c->listener, fd);
	if (result < 0) {
		sys_close(fd);
		return result;
	}
	result = task_start(&c->master->helpers, "control", control_run, c);
	if (result < 0)
		listener_close(&c->listener);
	return result;
}

int
control_start(struct master *m, const char *folder, struct why *why)
{
	AUTO(buf) path = BUF_INIT(LINE_MAX_);
	struct control *c = NEW(struct control);
	int result = buf_addf(&path, "%s/" CONTROL_SOCKET, folder);

	c->master = m;
	c->path = mem_strdup(buf_text(&path));
	if (result == 0)
		result = start_on(c);
	if (result == 0)
		return 0;
	why_set(why, "cannot listen on %s: %s", c->path, err_text(result));
	mem_free(c->path);
	mem_free(c);
	return result;
}
