/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked of a master that runs, over its socket (master/control.h): a line there, and back an
 * exit status and words.
 */
#include "tools/postroad.h"

#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/io/connect.h"
#include "lib/io/stream.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"

/* service, type, starting, ready, draining, sessions, served */
#define COLUMNS 7

#define STATUS_PATIENCE (5 * TICKS_SECOND)

struct question {
	const char *path, *line;
	int64_t patience;
	struct buf *answer;
	int result;
};

PARKS static int
converse(const struct question *q, struct stream *s)
{
	int64_t deadline = run_deadline(q->patience);
	struct str bytes;
	int result = stream_printf(s, deadline, "%s\n", q->line);

	while (result >= 0 && (result = stream_read(s, STREAM_OUT_MAX, &bytes, deadline)) == 0)
		result = buf_add(q->answer, bytes);
	return result == ERR_EOF && q->answer->n != 0 ? 0 : result;
}

PARKS static void
ask(void *arg)
{
	struct question *q = arg;
	struct stream stream;
	int fd;

	q->result = connect_unix(q->path, &fd, run_deadline(q->patience));
	if (q->result < 0)
		return;
	q->result = stream_open(&stream, fd);
	if (q->result < 0) {
		sys_close(fd);
		return;
	}
	q->result = converse(q, &stream);
	stream_close(&stream);
}

/* answer = exit-status LF words */
static int
take_status(struct buf *answer, int *status)
{
	struct str rest = buf_str(answer), line;
	uint64_t number = 0;

	if (!str_split(&rest, '\n', &line) || num_parse(line, 255, &number) < 0)
		return ERR_PROTOCOL;
	*status = (int)number;
	buf_consume(answer, line.n + 1);
	return 0;
}

int
ask_master(struct context *x, const char *line, int64_t patience, struct buf *answer, int *status)
{
	struct question q = {
		.path = in_process_folder(x, "control"),
		.line = line,
		.patience = patience,
		.answer = answer,
	};
	int result = run_init(&(struct run_options){ .simulated = false });

	if (result == 0) {
		result = run_main(ask, &q);
		run_drop();
	}
	if (result == 0)
		result = q.result;
	return result < 0 ? result : take_status(answer, status);
}

/* --- The table ------------------------------------------------------------------------------------ */

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

/* Somebody who may not connect still learns that the system runs. */
void
show_status(struct context *x, pid_t pid)
{
	AUTO(buf) table = BUF_INIT(ASK_ANSWER_MAX);
	AUTO(buf) out = BUF_INIT(4 * ASK_ANSWER_MAX);
	int status = EX_OK, asked = ask_master(x, "status", STATUS_PATIENCE, &table, &status);
	int result = buf_addf(&out, "the mail system is running (process %d)\n", (int)pid);

	if (asked < 0)
		command_warn("its services are not known: %s", err_text(asked));
	else if (result == 0)
		result = format_table(buf_str(&table), &out);
	if (result < 0)
		command_fail(EX_SOFTWARE, "the answer of master was not understood");
	command_print(buf_str(&out));
}
