/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp:host:port: a server asked over TCP, as tcp_table(5) of Postfix has it. A line each way:
 *
 *	request	= "get" SP key LF
 *	reply	= code SP text LF	; at most 4096 bytes
 *
 * A key is encoded, so that none can be two requests.
 */
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/table/server.h"
#include "lib/table/server_reply.h"
#include "lib/table/settings.h"
#include "lib/table/table_type.h"

#define LINE_MAX_TCP ((size_t)4096)

struct tcp_table {
	struct table table;
	struct server *server;
};

static struct table *
open_tcp(const char *rest, unsigned flags, struct why *why)
{
	struct server *server = server_open_inet(str_of(rest), why);
	struct tcp_table *t;

	(void)flags;
	if (server == NULL)
		return NULL;
	t = NEW(struct tcp_table);
	t->server = server;
	return &t->table;
}

PARKS static int
read_answer(struct stream *s, struct buf *value, int64_t deadline, struct why *why)
{
	struct str line;
	int result = stream_read_line(s, LINE_MAX_TCP, &line, deadline);

	if (result < 0) {
		why_set(why, "the server gave no answer: %s", err_text(result));
		return result;
	}
	line.n--;
	if (line.n != 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return tcp_read_reply(line, value, why);
}

PARKS static int
find_tcp(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct tcp_table *tcp = CONTAINER_OF(t, struct tcp_table, table);
	AUTO(buf) request = BUF_INIT(LINE_MAX_TCP);
	struct server_question q = { .value = value, .read_answer = read_answer };

	if (buf_add(&request, STR("get ")) < 0 || tcp_add_encoded(key, &request) < 0 ||
	    buf_add_byte(&request, '\n') < 0) {
		table_say(true,
		    "%s: a key of %zu bytes is too long for a request, and counts as "
		    "not found",
		    t->name, key.n);
		return 0;
	}
	q.request = buf_str(&request);
	return server_ask(tcp->server, &q, deadline, why);
}

static void
close_tcp(struct table *t)
{
	struct tcp_table *tcp = CONTAINER_OF(t, struct tcp_table, table);

	server_close(tcp->server);
	mem_free(tcp);
}

const struct table_type table_type_tcp = {
	.name = "tcp",
	.open = open_tcp,
	.find = find_tcp,
	.close = close_tcp,
};
