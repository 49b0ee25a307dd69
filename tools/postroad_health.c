/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postroad health: whether mail would be served if it came now. Everything is asked when it is asked
 * for; no process wakes up to say that it lives.
 *
 *	live	master answers
 *	ready	and every service that must have a process has one, the queue manager and cleanup
 *		answer, and the disk has more than $queue_minfree
 *	deep	and cleanup takes a message up to its end, which is then not said: nothing is kept
 */
#include "tools/postroad.h"

#include <string.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/io/connect.h"
#include "lib/ipc/submit_call.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/sys/path.h"
#include "lib/sys/process.h"

#define PATIENCE (5 * TICKS_SECOND)

enum level { LEVEL_LIVE, LEVEL_READY, LEVEL_DEEP, LEVELS };

static const char *const level_words[LEVELS] = { "live", "ready", "deep" };

struct examination {
	struct context *x;
	enum level level;
	struct why why;
	int result;
};

static int
examine_master(struct examination *e)
{
	AUTO(buf) words = BUF_INIT(ASK_ANSWER_MAX);
	int status = EX_OK;
	int result =
	    ask_master(e->x, e->level == LEVEL_LIVE ? "live" : "ready", PATIENCE, &words, &status);

	if (result < 0) {
		why_set(&e->why, "master does not answer: %s", err_text(result));
		return result;
	}
	why_set(&e->why, "%.*s", STR_ARG(str_trim(buf_str(&words))));
	return status == EX_OK ? 0 : ERR_REFUSED;
}

static int
examine_disk(struct examination *e)
{
	uint64_t needed = (uint64_t)config_int(e->x->config, PARAM_queue_minfree);
	struct disk_space space;
	int result = sys_disk_space(e->x->queue_directory, &space);

	if (result < 0) {
		why_set(&e->why, "%s: %s", e->x->queue_directory, err_text(result));
		return result;
	}
	if (space.free > needed && space.files != 0)
		return 0;
	why_set(&e->why, "the disk is full: %llu bytes and %llu files left below %s",
	    (unsigned long long)space.free, (unsigned long long)space.files, e->x->queue_directory);
	return ERR_REFUSED;
}

PARKS static int
examine_qmgr(struct examination *e)
{
	const struct channel_options options = {
		.protocol = CHANNEL_QUEUE,
		.program = command_name(),
		.capacity = 1,
	};
	struct channel channel;
	const char *path = arena_printf(
	    &e->x->arena, "public/%s", config_text(e->x->config, PARAM_queue_service_name));
	int fd, result = connect_unix(path, &fd, run_deadline(PATIENCE));

	if (result < 0) {
		why_set(&e->why, "%s: %s", path, err_text(result));
	} else {
		result = channel_open(&channel, fd, &options, run_deadline(PATIENCE), &e->why);
		if (result == 0)
			channel_close(&channel);
	}
	if (result < 0)
		why_prefix(&e->why, "the queue manager does not answer: ");
	return result;
}

/* A message without its end: it is given up, as when a client's connection breaks. */
PARKS static int
begin_message(struct submit_call *c)
{
	struct message_recipient nobody = { .address = STR("health@localhost") };
	const struct message_submit m = {
		.protocol = STR("LOCAL"),
		.recipients = &nobody,
		.recipients_count = 1,
	};
	int result = submit_call_begin(c, &m, run_deadline(PATIENCE));

	if (result == 0)
		result =
		    submit_call_content(c, STR("Subject: health\r\n\r\n"), run_deadline(PATIENCE));
	return result == 1 ? ERR_REFUSED : result;
}

PARKS static int
examine_cleanup(struct examination *e)
{
	struct submit_call c;
	const char *path = arena_printf(
	    &e->x->arena, "public/%s", config_text(e->x->config, PARAM_cleanup_service_name));
	int result = submit_call_open(&c, path, command_name(), run_deadline(PATIENCE), &e->why);

	if (result == 0) {
		if (e->level == LEVEL_DEEP)
			result = begin_message(&c);
		if (result < 0)
			why_set(&e->why, "it takes no message: %s", err_text(result));
		submit_call_close(&c);
	}
	if (result < 0)
		why_prefix(&e->why, "cleanup does not answer: ");
	return result;
}

PARKS static void
examine_services(void *arg)
{
	struct examination *e = arg;

	e->result = examine_qmgr(e);
	if (e->result == 0)
		e->result = examine_cleanup(e);
}

static int
examine(struct examination *e)
{
	int result = examine_master(e);

	if (result < 0 || e->level == LEVEL_LIVE)
		return result;
	result = examine_disk(e);
	if (result == 0)
		result = sys_chdir(e->x->queue_directory);
	if (result == 0)
		result = run_init(&(struct run_options){ .simulated = false });
	if (result < 0)
		return result;
	result = run_main(examine_services, e);
	run_drop();
	return result < 0 ? result : e->result;
}

static int
print_json(const struct examination *e, bool ok)
{
	AUTO(buf) out = BUF_INIT(8192);
	int result = buf_addf(&out, "{\"check\":\"%s\",\"ok\":%s,\"text\":", level_words[e->level],
	    ok ? "true" : "false");

	if (result == 0)
		result = json_add_text(ok ? STR("ok") : str_of(e->why.text), &out);
	if (result == 0)
		result = buf_add(&out, STR("}\n"));
	if (result == 0)
		command_print(buf_str(&out));
	return result;
}

int
show_health(struct context *x, const char *level, bool json)
{
	struct examination e = { .x = x, .level = LEVEL_LIVE, .why = WHY_INIT };
	bool ok;

	while (e.level < LEVELS && strcmp(level, level_words[e.level]) != 0)
		e.level++;
	if (e.level == LEVELS)
		return EX_USAGE;
	ok = examine(&e) == 0;
	if (json)
		return print_json(&e, ok) < 0 ? EX_SOFTWARE : ok ? EX_OK : EX_UNAVAILABLE;
	command_print(str_of(arena_printf(&x->arena, "%s: %s\n", level, ok ? "ok" : e.why.text)));
	return ok ? EX_OK : EX_UNAVAILABLE;
}
