/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socketmap:inet:host:port:name and socketmap:unix:path:name: a server asked by the protocol of
 * Sendmail. A netstring each way:
 *
 *	request	= name SP key
 *	reply	= see server_reply.c
 */
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/table/server.h"
#include "lib/table/server_reply.h"
#include "lib/table/settings.h"
#include "lib/table/table_type.h"

#define PIECE ((size_t)16 * 1024)

struct socketmap_table {
	struct table table;
	struct server *server;
	char *name; /* of the map, at the server */
};

static struct table *
open_socketmap(const char *rest, unsigned flags, struct why *why)
{
	struct str whole = str_of(rest);
	size_t colon = str_rindex(whole, ':');
	struct str name = str_from(whole, colon + 1), address = str_part(whole, 0, colon);
	struct server *server = NULL;
	struct socketmap_table *t;

	(void)flags;
	if (name.n == 0 || name.n > table_settings()->socketmap_query_max)
		address = STR_NONE;
	if (str_starts(address, STR("inet:")))
		server = server_open_inet(str_from(address, 5), why);
	else if (str_starts(address, STR("unix:")))
		server = server_open_unix(str_from(address, 5), why);
	else
		why_set(why, "inet:host:port:name or unix:path:name is expected");
	if (server == NULL)
		return NULL;
	t = NEW(struct socketmap_table);
	t->server = server;
	t->name = mem_strdup(name.p);
	return &t->table;
}

PARKS static int
read_head(struct stream *s, size_t *length, int64_t deadline, struct why *why)
{
	struct str bytes = stream_buffered(s);
	int result;

	while ((result = netstring_read_head(
	            bytes, table_settings()->socketmap_reply_max, length, why)) == 0) {
		result = stream_peek(s, bytes.n, &bytes, deadline);
		if (result < 0) {
			why_set(why, "the server gave no answer: %s", err_text(result));
			return result;
		}
	}
	if (result > 0)
		stream_consume(s, (size_t)result);
	return result < 0 ? result : 0;
}

/* With the comma behind it. */
PARKS static int
read_body(struct stream *s, size_t length, struct buf *out, int64_t deadline, struct why *why)
{
	while (out->n < length + 1) {
		size_t left = length + 1 - out->n;
		struct str bytes;
		int result = stream_read(s, left < PIECE ? left : PIECE, &bytes, deadline);

		if (result == 0)
			result = buf_add(out, bytes);
		if (result < 0) {
			why_set(why, "the server stopped in its answer: %s", err_text(result));
			return result;
		}
	}
	if (out->p[length] == ',')
		return 0;
	why_set(why, "the server's reply does not end with a comma");
	return ERR_PROTOCOL;
}

PARKS static int
read_answer(struct stream *s, struct buf *value, int64_t deadline, struct why *why)
{
	AUTO(buf) reply = BUF_INIT(table_settings()->socketmap_reply_max + 1);
	size_t length = 0;
	int result = read_head(s, &length, deadline, why);

	if (result == 0)
		result = read_body(s, length, &reply, deadline, why);
	if (result < 0)
		return result;
	return socketmap_read_reply(str_make(reply.p, length), value, why);
}

PARKS static int
find_socketmap(
    struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct socketmap_table *m = CONTAINER_OF(t, struct socketmap_table, table);
	size_t length = strlen(m->name) + 1 + key.n;
	AUTO(buf) request = BUF_INIT(length + 16);
	struct server_question q = { .value = value, .read_answer = read_answer };

	if (length > table_settings()->socketmap_query_max) {
		table_say(true,
		    "%s: a key of %zu bytes is too long for a request, and counts as "
		    "not found",
		    t->name, key.n);
		return 0;
	}
	BUG_ON(buf_addf(&request, "%zu:%s ", length, m->name) < 0 || buf_add(&request, key) < 0 ||
	       buf_add_byte(&request, ',') < 0);
	q.request = buf_str(&request);
	return server_ask(m->server, &q, deadline, why);
}

static void
close_socketmap(struct table *t)
{
	struct socketmap_table *m = CONTAINER_OF(t, struct socketmap_table, table);

	server_close(m->server);
	mem_free(m->name);
	mem_free(m);
}

const struct table_type table_type_socketmap = {
	.name = "socketmap",
	.open = open_socketmap,
	.find = find_socketmap,
	.close = close_socketmap,
};
