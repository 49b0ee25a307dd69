/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/smtpd_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/sys/log.h"

#define PATIENCE      (3 * TICKS_HOUR) /* longer than anything the server waits for */
#define PIPE_CAPACITY ((size_t)4096)
#define CONTENT_MAX   ((size_t)32 * 1024 * 1024)

static struct scene *on_stage; /* for the log, which knows no context */

static const char stage_cf[] = "myhostname = mx.example.com\n"
                               "mydomain = example.com\n"
                               "smtpd_peername_lookup = no\n"
                               "mynetworks = 192.0.2.0/24\n"
                               "smtpd_relay_restrictions = permit_mynetworks, "
                               "reject_unauth_destination\n"
                               "mydestination = localhost\n"
                               "alias_maps =\n"
                               "local_recipient_maps = inline:{root=x}\n"
                               "virtual_mailbox_domains = example.com\n"
                               "virtual_mailbox_maps = inline:{{a@example.com = a/} "
                               "{b@example.com = b/} {c@example.com = c/}}\n";

/* --- Cleanup ------------------------------------------------------------------------------- */

static void
set_text(struct buf *b, struct str text)
{
	buf_init(b, CONTENT_MAX);
	assert_int_equal(buf_add(b, text), 0);
}

static void
take_actions(struct taken *t, const struct message_action *actions, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(
		    buf_addf(&t->actions, "%u:%.*s\n", actions[i].kind, STR_ARG(actions[i].text)),
		    0);
}

static void
take_end(struct taken *t, const struct frame *f)
{
	struct arena arena = ARENA_INIT((size_t)1024 * 1024);
	struct message_content_end end;

	assert_int_equal(message_decode_content_end(f, &arena, &end), 0);
	if (end.actions_count != 0)
		assert_int_equal(buf_add(&t->actions, STR("end\n")), 0);
	take_actions(t, end.actions, end.actions_count);
	t->ended = true;
	arena_drop(&arena);
}

static void
take_submit(struct scene *sc, const struct frame *f)
{
	struct arena arena = ARENA_INIT((size_t)16 * 1024 * 1024);
	struct taken *t = &sc->messages[sc->message_count];
	struct message_submit m;

	assert_true(sc->message_count++ < SCENE_MESSAGES);
	assert_int_equal(message_decode_submit(f, &arena, &m), 0);
	set_text(&t->sender, m.sender);
	set_text(&t->helo, m.helo);
	set_text(&t->protocol, m.protocol);
	set_text(&t->recipients, STR_NONE);
	set_text(&t->content, STR_NONE);
	set_text(&t->dsn, m.envid);
	set_text(&t->client, STR_NONE);
	set_text(&t->forward, m.forward_id);
	assert_int_equal(buf_addf(&t->forward, " %.*s", STR_ARG(m.forward_client)), 0);
	assert_int_equal(buf_addf(&t->client, "%.*s[%.*s]:%u", STR_ARG(m.client_name),
	                     STR_ARG(m.client_address), m.client_port),
	    0);
	for (uint32_t i = 0; i < m.recipients_count; i++)
		assert_int_equal(buf_addf(&t->recipients, "%s%.*s", i != 0 ? " " : "",
		                     STR_ARG(m.recipients[i].address)),
		    0);
	for (uint32_t i = 0; i < m.recipients_count; i++)
		assert_int_equal(buf_addf(&t->dsn, " %u/%.*s", m.recipients[i].notify,
		                     STR_ARG(m.recipients[i].original)),
		    0);
	set_text(&t->actions, STR_NONE);
	take_actions(t, m.actions, m.actions_count);
	t->request = f->request;
	t->flags = m.flags;
	t->size = m.size;
	arena_drop(&arena);
}

/* The message of a request: the newest of that number. */
static struct taken *
find_taken(struct scene *sc, uint32_t request)
{
	for (size_t i = sc->message_count; i > 0; i--) {
		if (sc->messages[i - 1].request == request)
			return &sc->messages[i - 1];
	}
	fail_msg("a frame of request %u without its submit", request);
	return NULL;
}

static void
answer(struct scene *sc, struct channel *c, const struct taken *t)
{
	const struct cleanup_plan *p = &sc->plan;
	struct message_verdict v = { .code = p->code != 0 ? p->code : 250 };
	char id[17];

	snprintf(id, sizeof(id), "ID%zu", (size_t)(t - sc->messages) + 1);
	v.dsn = p->code != 0 ? str_of(p->dsn) : STR("2.0.0");
	v.text = p->code != 0 ? str_of(p->text) : STR("Ok");
	v.queue_id = v.code == 250 ? str_of(id) : STR_NONE;
	assert_int_equal(channel_send_verdict(c, t->request, &v, TICKS_NEVER), 0);
}

static void
take_frame(struct scene *sc, struct channel *c, const struct frame *f)
{
	struct message_content content;
	struct taken *t;

	if (f->number == MESSAGE_NUMBER_submit)
		take_submit(sc, f);
	t = find_taken(sc, f->request);
	if (f->number == MESSAGE_NUMBER_content) {
		assert_int_equal(message_decode_content(f, NULL, &content), 0);
		assert_int_equal(buf_add(&t->content, content.bytes), 0);
	} else if (f->number == MESSAGE_NUMBER_content_end) {
		take_end(t, f);
	} else if (f->number == MESSAGE_NUMBER_content_abort) {
		t->aborted = true;
	}
	if (!sc->plan.mute && (sc->plan.early ? f->number == MESSAGE_NUMBER_submit
	                                      : f->number == MESSAGE_NUMBER_content_end))
		answer(sc, c, t);
}

struct cleanup_side {
	struct scene *scene;
	struct channel channel;
};

static void
run_cleanup(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT,
		.program = "cleanup",
		.capacity = 100,
	};
	struct cleanup_side *side = arg;
	struct scene *sc = side->scene;
	struct why why = WHY_INIT;
	struct frame f;

	if (channel_open_stream(&side->channel, &options, run_deadline(PATIENCE), &why) == 0) {
		while ((sc->plan.die_after == 0 || sc->frames < sc->plan.die_after) &&
		       channel_receive(&side->channel, &f, TICKS_NEVER) == 0) {
			sc->frames++;
			take_frame(sc, &side->channel, &f);
		}
		channel_close(&side->channel);
	}
	mem_free(side);
}

static int
open_cleanup(void *context, struct caller *r, int64_t deadline, struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT,
		.program = "smtpd",
		.capacity = 1,
	};
	struct scene *sc = context;
	struct cleanup_side *side;

	if (sc->plan.refuse_channel) {
		why_set(why, "public/cleanup: Connection refused");
		return -ECONNREFUSED;
	}
	side = NEW(struct cleanup_side);
	side->scene = sc;
	sc->channels++;
	stream_open_pair(&r->channel.stream, &side->channel.stream, PIPE_CAPACITY);
	assert_int_equal(task_start(&sc->tasks, "cleanup", run_cleanup, side), 0);
	return caller_open_stream(r, &options, deadline, why);
}

/* --- Anvil --------------------------------------------------------------------------------- */

struct anvil_side {
	struct scene *scene;
	struct channel channel;
};

static void
run_anvil(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_COUNTS,
		.program = "anvil",
		.capacity = 1,
	};
	struct anvil_side *side = arg;
	struct scene *sc = side->scene;
	struct why why = WHY_INIT;

	if (channel_open_stream(&side->channel, &options, run_deadline(PATIENCE), &why) == 0) {
		sc->anvil_channel = &side->channel;
		(void)!anvil_serve(&sc->anvil, &side->channel);
		sc->anvil_channel = NULL;
		channel_close(&side->channel);
	}
	mem_free(side);
}

static int
open_anvil(void *context, struct channel *c, int64_t deadline, struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_COUNTS,
		.program = "smtpd",
		.capacity = 1,
	};
	struct scene *sc = context;
	struct anvil_side *side;

	if (sc->anvil_is_down) {
		why_set(why, "private/anvil: Connection refused");
		return -ECONNREFUSED;
	}
	side = NEW(struct anvil_side);
	side->scene = sc;
	stream_open_pair(&c->stream, &side->channel.stream, PIPE_CAPACITY);
	assert_int_equal(task_start(&sc->anvil_tasks, "anvil", run_anvil, side), 0);
	return channel_open_stream(c, &options, deadline, why);
}

/* --- The stage ------------------------------------------------------------------------------ */

static void
see_event(const struct event *e)
{
	assert_int_equal(event_render_words(e, &on_stage->log), 0);
	assert_int_equal(buf_add_byte(&on_stage->log, '\n'), 0);
}

static void
report(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	fail_msg("main.cf: %s", text);
}

/* Whether the text has a line that begins so. */
static bool
has_line(const char *text, struct str start)
{
	struct str rest = str_of(text), line;

	while (str_split(&rest, '\n', &line)) {
		if (str_starts(line, start))
			return true;
	}
	return false;
}

/* The lines of the stage, but not those that the test sets otherwise. */
static void
write_main_cf(FILE *f, const char *main_cf)
{
	struct str rest = str_of(stage_cf), line;

	while (str_split(&rest, '\n', &line)) {
		if (!has_line(main_cf, str_part(line, 0, str_index(line, '=') + 1)))
			assert_true(fprintf(f, "%.*s\n", STR_ARG(line)) > 0);
	}
	assert_true(fputs(main_cf, f) >= 0);
}

static struct config *
load(const char *main_cf)
{
	char folder[] = "/tmp/smtpd_scene.XXXXXX", path[64];
	struct config_source source = {
		.directory = folder, .program = "smtpd", .service = "smtp"
	};
	struct config *c;
	FILE *f;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/main.cf", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	write_main_cf(f, main_cf);
	assert_int_equal(fclose(f), 0);
	c = config_load(&source, report, NULL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_non_null(c);
	return c;
}

static void
drop_messages(struct scene *sc)
{
	for (size_t i = 0; i < sc->message_count; i++) {
		buf_drop(&sc->messages[i].sender);
		buf_drop(&sc->messages[i].recipients);
		buf_drop(&sc->messages[i].dsn);
		buf_drop(&sc->messages[i].content);
		buf_drop(&sc->messages[i].helo);
		buf_drop(&sc->messages[i].protocol);
		buf_drop(&sc->messages[i].client);
		buf_drop(&sc->messages[i].forward);
		buf_drop(&sc->messages[i].actions);
	}
}

static void
scene_main(void *arg)
{
	struct scene *sc = arg;

	group_init(&sc->tasks);
	group_init(&sc->anvil_tasks);
	sc->act(sc);
	smtpd_drop(&sc->smtpd);
	assert_int_equal(group_wait(&sc->tasks, TICKS_NEVER), 0);
	assert_int_equal(group_wait(&sc->anvil_tasks, TICKS_NEVER), 0);
	counters_drop(&sc->anvil.counters);
}

void
scene_run(const char *main_cf, uint64_t seed, void (*act)(struct scene *sc), void *arg)
{
	struct scene *sc = NEW(struct scene);
	struct config *config = load(main_cf);
	struct why why = WHY_INIT;

	if (smtpd_init(&sc->smtpd, config, &why) < 0)
		fail_msg("%s", why.text);
	sc->smtpd.cleanup.caller.open = open_cleanup;
	sc->smtpd.cleanup.caller.context = sc;
	mem_free(sc->smtpd.limits.ledger.context);
	sc->smtpd.limits.ledger.open = open_anvil;
	sc->smtpd.limits.ledger.context = sc;
	anvil_init(&sc->anvil, config);
	sc->peer =
	    (struct smtpd_peer){ .name = "unknown", .reverse = "unknown", .address = "198.51.100.7", .port = 4711 };
	sc->act = act;
	sc->arg = arg;
	buf_init(&sc->log, CONTENT_MAX);
	on_stage = sc;
	log_divert(see_event);
	in_sim(seed, scene_main, sc);
	log_divert(NULL);
	drop_messages(sc);
	buf_drop(&sc->log);
	config_free(config);
	mem_free(sc);
}

static void
run_session(void *arg)
{
	struct scene *sc = arg;

	smtpd_session(&sc->smtpd, &sc->server, &sc->peer);
	stream_close(&sc->server);
}

void
scene_connect(struct scene *sc)
{
	stream_open_pair(&sc->client, &sc->server, PIPE_CAPACITY);
	assert_int_equal(task_start(&sc->tasks, "session", run_session, sc), 0);
}

void
scene_leave(struct scene *sc)
{
	stream_close(&sc->client);
	while (sc->server.ops != NULL)
		assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
}

void
scene_send(struct scene *sc, struct str bytes)
{
	int64_t deadline = run_deadline(PATIENCE);

	if (stream_write(&sc->client, bytes, deadline) == 0 &&
	    stream_flush(&sc->client, deadline) == 0)
		return;
}

struct str
scene_hear(struct scene *sc)
{
	struct str line;
	int result = stream_read_line(&sc->client, 4096, &line, run_deadline(PATIENCE));

	if (result < 0)
		return STR_NONE;
	if (!str_ends(line, STR("\r\n")))
		fail_msg("a line without CRLF: %.*s", STR_ARG(line));
	return str_part(line, 0, line.n - 2);
}

int
scene_hear_code(struct scene *sc)
{
	struct str line;
	uint64_t code = 0;

	do {
		line = scene_hear(sc);
		if (line.n == 0)
			return 0;
	} while (line.n > 3 && line.p[3] == '-');
	assert_int_equal(num_parse(str_part(line, 0, 3), 599, &code), 0);
	return (int)code;
}

/* --- Scripts -------------------------------------------------------------------------------- */

static char
unescape(char c)
{
	return c == 'r' ? '\r' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
}

static void
send_raw(struct scene *sc, struct str text)
{
	AUTO(buf) bytes = BUF_INIT(text.n);

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\\' && i + 1 < text.n)
			c = unescape(text.p[++i]);
		assert_int_equal(buf_add_byte(&bytes, c), 0);
	}
	scene_send(sc, buf_str(&bytes));
}

static void
send_line(struct scene *sc, struct str text)
{
	AUTO(buf) line = BUF_INIT(text.n + 2);

	assert_int_equal(buf_add(&line, text), 0);
	assert_int_equal(buf_add(&line, STR("\r\n")), 0);
	scene_send(sc, buf_str(&line));
}

static void
must_say(struct scene *sc, struct str want, bool whole)
{
	struct str got = scene_hear(sc);

	if (whole ? !str_equal(got, want) : !str_starts(got, want))
		fail_msg("the server says \"%.*s\", not \"%.*s\"", STR_ARG(got), STR_ARG(want));
}

static void
must_reply(struct scene *sc, struct str want)
{
	int got = scene_hear_code(sc);
	uint64_t code = 0;

	assert_int_equal(num_parse(want, 599, &code), 0);
	if (got != (int)code)
		fail_msg("the server replies %d, not %d", got, (int)code);
}

static void
must_be_quiet(struct scene *sc)
{
	struct str bytes;

	if (stream_peek(&sc->client, 0, &bytes, run_deadline(1)) != ERR_TIMEOUT)
		fail_msg("the server says \"%.*s\"", STR_ARG(bytes));
}

static void
wait(struct str time)
{
	int64_t ticks;

	assert_int_equal(num_parse_time(time, 's', &ticks), 0);
	assert_int_equal(task_sleep(run_deadline(ticks)), 0);
}

static void
play_line(struct scene *sc, struct str line)
{
	struct str text = str_from(line, 3);

	if (str_starts(line, STR("C: ")))
		send_line(sc, text);
	else if (str_starts(line, STR("c: ")))
		send_raw(sc, text);
	else if (str_starts(line, STR("S: ")))
		must_say(sc, text, true);
	else if (str_starts(line, STR("S> ")))
		must_say(sc, text, false);
	else if (str_starts(line, STR("S* ")))
		must_reply(sc, text);
	else if (str_starts(line, STR("wait ")))
		wait(str_from(line, 5));
	else if (str_equal(line, STR("close")))
		stream_close(&sc->client);
	else if (str_equal(line, STR("closed")))
		must_say(sc, STR_NONE, true);
	else if (str_equal(line, STR("quiet")))
		must_be_quiet(sc);
	else
		fail_msg("no such line: %.*s", STR_ARG(line));
}

void
scene_play(struct scene *sc, const char *script)
{
	struct str rest = str_of(script), line;

	while (str_split(&rest, '\n', &line)) {
		if (line.n != 0)
			play_line(sc, line);
	}
}
