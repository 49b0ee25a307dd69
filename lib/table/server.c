/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that nobody uses lie on a list, the latest used first, so that a quiet table comes down
 * to one. An idle connection may have been closed by the server: the question then goes out again
 * on a new one. Asking twice does no harm.
 */
#include "lib/table/server.h"

#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/io/connect.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/sys/resolve.h"
#include "lib/table/settings.h"

#define CONNECTIONS_MAX 32
#define ADDRESSES_MAX   8
#define IDLE_MAX        (10 * TICKS_SECOND)
#define ANSWER_TIME     (30 * TICKS_SECOND)
#define TRIES           2

struct connection {
	struct list in_idle;
	struct stream stream;
	int64_t used; /* last */
};

struct server {
	char *host; /* or path */
	uint16_t port;
	bool is_unix;
	unsigned count; /* of connections, idle and in use */
	struct list idle;
	struct cond freed;
};

/* --- Connections --------------------------------------------------------------------------- */

struct resolve_job {
	const struct server *server;
	struct endpoint addresses[ADDRESSES_MAX];
};

static int
resolve(void *arg)
{
	struct resolve_job *job = arg;

	return sys_resolve_host(
	    job->server->host, AF_UNSPEC, job->server->port, job->addresses, ADDRESSES_MAX);
}

PARKS static int
connect_inet(const struct server *s, int *fd, int64_t deadline)
{
	struct resolve_job job = { .server = s };
	int count = 1, result;

	if (endpoint_parse(str_of(s->host), s->port, &job.addresses[0]) < 0)
		count = offload(resolve, &job);
	result = count == 0 ? ERR_UNKNOWN : count;
	for (int i = 0; i < count; i++) {
		result = connect_to(&job.addresses[i], fd, deadline);
		if (result == 0 || result == ERR_CANCELLED)
			break;
	}
	return result;
}

static void
drop_connection(struct server *s, struct connection *c)
{
	stream_close(&c->stream);
	mem_free(c);
	s->count--;
	cond_signal(&s->freed);
}

PARKS static int
new_connection(struct server *s, struct connection **out, int64_t deadline, struct why *why)
{
	struct connection *c;
	int fd = -1, result;

	s->count++; /* while it is being made, too */
	result = s->is_unix ? connect_unix(s->host, &fd, deadline) : connect_inet(s, &fd, deadline);
	if (result < 0) {
		s->count--;
		cond_signal(&s->freed);
		why_set(why, "cannot connect to %s: %s", s->host, err_text(result));
		return result;
	}
	c = NEW(struct connection);
	result = stream_open(&c->stream, fd);
	BUG_ON(result < 0);
	*out = c;
	return 0;
}

/* An idle one that is not too old; NULL: none. */
static struct connection *
find_idle(struct server *s)
{
	struct list *first;

	while ((first = list_take_first(&s->idle)) != NULL) {
		struct connection *c = CONTAINER_OF(first, struct connection, in_idle);

		if (run_now() - c->used < IDLE_MAX && !c->stream.watch.closed)
			return c;
		drop_connection(s, c);
	}
	return NULL;
}

PARKS static int
take_connection(
    struct server *s, bool fresh, struct connection **out, int64_t deadline, struct why *why)
{
	for (;;) {
		int result;

		*out = fresh ? NULL : find_idle(s);
		if (*out != NULL)
			return 0;
		if (s->count < CONNECTIONS_MAX)
			return new_connection(s, out, deadline, why);
		result = cond_wait(&s->freed, deadline);
		if (result < 0) {
			why_set(why, "%d look-ups wait for %s: %s", CONNECTIONS_MAX, s->host,
			    err_text(result));
			return result;
		}
	}
}

static void
give_back(struct server *s, struct connection *c, int result)
{
	if (result < 0 || stream_buffered(&c->stream).n != 0) {
		drop_connection(s, c); /* what came unasked would be the next answer */
		return;
	}
	c->used = run_now();
	list_prepend(&s->idle, &c->in_idle);
	cond_signal(&s->freed);
}

/* --- Public -------------------------------------------------------------------------------- */

static bool
is_worth_a_try(int result)
{
	return result != ERR_TIMEOUT && result != ERR_CANCELLED && result != ERR_PROTOCOL &&
	       result != ERR_TEMPORARY && result != ERR_TOO_LONG;
}

PARKS static int
ask_on(struct connection *c, const struct server_question *q, int64_t deadline, struct why *why)
{
	int result = stream_write(&c->stream, q->request, deadline);

	if (result < 0) {
		why_set(why, "the server takes no question: %s", err_text(result));
		return result;
	}
	buf_clear(q->value);
	return q->read_answer(&c->stream, q->value, deadline, why);
}

int
server_ask(struct server *s, const struct server_question *q, int64_t deadline, struct why *why)
{
	int64_t end = run_deadline(ANSWER_TIME);
	int result = 0;

	if (task_self() == NULL) {
		why_set(why, "a server can be asked only from a running service");
		return ERR_UNSUPPORTED;
	}
	if (end > deadline)
		end = deadline;
	for (unsigned i = 0; i < TRIES; i++) {
		struct connection *c;

		result = take_connection(s, i != 0, &c, end, why);
		if (result == 0) {
			result = ask_on(c, q, end, why);
			give_back(s, c, result);
		}
		if (result >= 0 || !is_worth_a_try(result))
			break;
	}
	return result;
}

static struct server *
new_server(struct str host, bool is_unix)
{
	struct server *s = NEW(struct server);
	AUTO(buf) text = BUF_INIT(host.n);

	BUG_ON(buf_add(&text, host) < 0);
	s->host = mem_strdup(buf_text(&text));
	s->is_unix = is_unix;
	list_init(&s->idle);
	cond_init(&s->freed);
	return s;
}

static int
read_port(struct str text, uint16_t *port)
{
	AUTO(buf) name = BUF_INIT(100);
	uint64_t number = 0;

	if (num_parse(text, UINT16_MAX, &number) == 0)
		*port = (uint16_t)number;
	else
		*port = buf_add(&name, text) == 0 ? sys_resolve_service(buf_text(&name)) : 0;
	return *port != 0 ? 0 : ERR_SYNTAX;
}

struct server *
server_open_inet(struct str address, struct why *why)
{
	size_t colon = str_rindex(address, ':');
	struct str host = str_part(address, 0, colon);
	struct server *s;
	uint16_t port = 0;

	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_part(host, 1, host.n - 2);
	if (colon == address.n || host.n == 0 ||
	    read_port(str_from(address, colon + 1), &port) < 0) {
		why_set(why, "host:port is expected, not \"%.*s\"", STR_ARG(address));
		return NULL;
	}
	s = new_server(host, false);
	s->port = port;
	table_note_network();
	return s;
}

struct server *
server_open_unix(struct str path, struct why *why)
{
	struct endpoint e;
	struct server *s;

	if (path.n == 0) {
		why_set(why, "the path of a socket is expected");
		return NULL;
	}
	s = new_server(path, true);
	if (endpoint_unix(s->host, &e) == 0)
		return s;
	why_set(why, "the path \"%s\" is too long for a socket", s->host);
	server_close(s);
	return NULL;
}

void
server_close(struct server *s)
{
	struct list *first;

	if (s == NULL)
		return;
	while ((first = list_take_first(&s->idle)) != NULL)
		drop_connection(s, CONTAINER_OF(first, struct connection, in_idle));
	mem_free(s->host);
	mem_free(s);
}
