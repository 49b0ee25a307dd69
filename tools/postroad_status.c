/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postroad status: the table that master gives to who connects to its socket (master/status.h),
 * with columns. Somebody who may not connect still learns that the system runs.
 */
#include "tools/postroad.h"

#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/io/connect.h"
#include "lib/io/stream.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"

#define PATIENCE  (5 * TICKS_SECOND)
#define TABLE_MAX ((size_t)1024 * 1024)

/* service, type, starting, ready, draining, sessions, served */
#define COLUMNS 7

struct query {
	const char *path;
	struct buf table;
	int result;
};

PARKS static void
ask(void *arg)
{
	struct query *q = arg;
	int64_t deadline = run_deadline(PATIENCE);
	struct stream stream;
	struct str bytes;
	int fd;

	q->result = connect_unix(q->path, &fd, deadline);
	if (q->result < 0)
		return;
	q->result = stream_open(&stream, fd);
	if (q->result < 0) {
		sys_close(fd);
		return;
	}
	while ((q->result = stream_read(&stream, STREAM_OUT_MAX, &bytes, deadline)) == 0) {
		if (buf_add(&q->table, bytes) < 0)
			break;
	}
	stream_close(&stream);
}

static int
add_row(struct buf *out, struct str line)
{
	struct str column[COLUMNS] = { STR_NONE };

	for (size_t i = 0; i < COLUMNS; i++) {
		if (!str_split(&line, '\t', &column[i]))
			return ERR_SYNTAX;
	}
	return buf_addf(out, "%-24.*s %-5.*s %8.*s %6.*s %9.*s %9.*s %10.*s\n", STR_ARG(column[0]),
	    STR_ARG(column[1]), STR_ARG(column[2]), STR_ARG(column[3]), STR_ARG(column[4]),
	    STR_ARG(column[5]), STR_ARG(column[6]));
}

static int
format_table(struct str table, struct buf *out)
{
	struct str line;
	int result = buf_addf(out, "%-24s %-5s %8s %6s %9s %9s %10s\n", "service", "type",
	    "starting", "ready", "draining", "sessions", "served");

	while (result == 0 && str_split(&table, '\n', &line)) {
		if (line.n != 0)
			result = add_row(out, line);
	}
	return result;
}

void
show_status(struct context *x, pid_t pid)
{
	struct query q = { .path = in_process_folder(x, "status"), .table = BUF_INIT(TABLE_MAX) };
	AUTO(buf) out = BUF_INIT(4 * TABLE_MAX);
	int result = buf_addf(&out, "the mail system is running (process %d)\n", (int)pid);

	if (result == 0 && run_init(&(struct run_options){ .simulated = false }) == 0) {
		result = run_main(ask, &q);
		run_drop();
	}
	if (result == 0 && q.result == ERR_EOF)
		result = format_table(buf_str(&q.table), &out);
	else
		command_warn("its services are not known: %s", err_text(q.result));
	if (result < 0)
		command_fail(EX_SOFTWARE, "the answer of master was not understood");
	command_print(buf_str(&out));
	buf_drop(&q.table);
}
