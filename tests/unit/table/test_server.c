/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp: and socketmap: against servers that behave in every way. */
#include "tests/unit/table/scratch.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/io/listen.h"
#include "lib/io/stream.h"
#include "lib/table/server_reply.h"
#include "lib/table/settings.h"
#include "lib/table/table.h"
#include "tests/unit/run/in_loop.h"

/* --- Replies ------------------------------------------------------------------------------- */

static void
test_replies(void **state)
{
	static const struct {
		int (*read)(struct str, struct buf *, struct why *);
		struct str reply;
		int result;
		const char *text; /* the value, or the words */
	} rows[] = {
		{ tcp_read_reply, STR_INIT("200 value"), 1, "value" },
		{ tcp_read_reply, STR_INIT("200 "), 1, "" },
		{ tcp_read_reply, STR_INIT("200 a%20b%25%0a"), 1, "a b%\n" },
		{ tcp_read_reply, STR_INIT("200 a b"), 1, "a b" },
		{ tcp_read_reply, STR_INIT("500 no"), 0, "" },
		{ tcp_read_reply, STR_INIT("500"), 0, "" },
		{ tcp_read_reply, STR_INIT("400 down"), ERR_TEMPORARY, "the server says: down" },
		{ tcp_read_reply, STR_INIT("400"), ERR_TEMPORARY, "the server says: " },
		{ tcp_read_reply, STR_INIT("200"), ERR_PROTOCOL,
		    "the server's reply is none: \"200\"" },
		{ tcp_read_reply, STR_INIT("5000 x"), ERR_PROTOCOL,
		    "the server's reply is none: \"5000 x\"" },
		{ tcp_read_reply, STR_INIT(""), ERR_PROTOCOL, "the server's reply is none: \"\"" },
		{ tcp_read_reply, STR_INIT("200 %"), ERR_PROTOCOL,
		    "the server's reply has a \"%\" without two digits" },
		{ tcp_read_reply, STR_INIT("200 %4"), ERR_PROTOCOL,
		    "the server's reply has a \"%\" without two digits" },
		{ tcp_read_reply, STR_INIT("200 %4x"), ERR_PROTOCOL,
		    "the server's reply has a \"%\" without two digits" },
		{ tcp_read_reply, STR_INIT("200 0123456789012345678901"), ERR_TOO_LONG,
		    "the value is too long" },
		{ socketmap_read_reply, STR_INIT("OK value"), 1, "value" },
		{ socketmap_read_reply, STR_INIT("OK "), 1, "" },
		{ socketmap_read_reply, STR_INIT("OK a b"), 1, "a b" },
		{ socketmap_read_reply, STR_INIT("NOTFOUND "), 0, "" },
		{ socketmap_read_reply, STR_INIT("NOTFOUND"), 0, "" },
		{ socketmap_read_reply, STR_INIT("TEMP x"), ERR_TEMPORARY,
		    "the server says: TEMP x" },
		{ socketmap_read_reply, STR_INIT("TIMEOUT x"), ERR_TEMPORARY,
		    "the server says: TIMEOUT x" },
		{ socketmap_read_reply, STR_INIT("PERM x"), ERR_TEMPORARY,
		    "the server says: PERM x" },
		{ socketmap_read_reply, STR_INIT("OK"), ERR_PROTOCOL,
		    "the server's reply is none: \"OK\"" },
		{ socketmap_read_reply, STR_INIT("ok x"), ERR_PROTOCOL,
		    "the server's reply is none: \"ok x\"" },
		{ socketmap_read_reply, STR_INIT("OK 0123456789012345678901"), ERR_TOO_LONG,
		    "the value is too long" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) value = BUF_INIT(20);
		struct why why = WHY_INIT;
		int result = rows[i].read(rows[i].reply, &value, &why);

		if (result != rows[i].result)
			fail_msg("%s: %d", rows[i].reply.p, result);
		assert_string_equal(result < 0 ? why.text : buf_text(&value), rows[i].text);
	}
}

static void
test_heads_of_netstrings(void **state)
{
	static const struct {
		struct str bytes;
		int result;
		size_t length;
	} rows[] = {
		{ STR_INIT("0:,"), 2, 0 },
		{ STR_INIT("12:abc"), 3, 12 },
		{ STR_INIT("100:"), 4, 100 },
		{ STR_INIT(""), 0, 0 },
		{ STR_INIT("1"), 0, 0 },
		{ STR_INIT("0000000000"), ERR_PROTOCOL, 0 },
		{ STR_INIT("101:"), ERR_TOO_LONG, 0 },
		{ STR_INIT("99999999999:"), ERR_PROTOCOL, 0 },
		{ STR_INIT("9999999999:"), ERR_TOO_LONG, 0 },
		{ STR_INIT("01:"), ERR_PROTOCOL, 0 },
		{ STR_INIT(":"), ERR_PROTOCOL, 0 },
		{ STR_INIT("-1:"), ERR_PROTOCOL, 0 },
		{ STR_INIT("x"), ERR_PROTOCOL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why why = WHY_INIT;
		size_t length = 0;
		int result = netstring_read_head(rows[i].bytes, 100, &length, &why);

		if (result != rows[i].result || length != rows[i].length)
			fail_msg("%s: %d, %zu", rows[i].bytes.p, result, length);
	}
}

static void
test_keys_are_encoded(void **state)
{
	AUTO(buf) out = BUF_INIT(50);

	(void)state;
	assert_int_equal(tcp_add_encoded(str_make("a b%\n\0\xffz~", 9), &out), 0);
	assert_str_is(buf_str(&out), "a%20b%25%0A%00%FFz~");
	out.max = out.n + 2;
	assert_int_equal(tcp_add_encoded(STR(" "), &out), ERR_TOO_LONG);
}

/* --- Servers ------------------------------------------------------------------------------- */

/*
 * What a server does on a connection: a script of what it must read ("<…") and what it writes
 * (">…"), in its turn; "." closes, "!" waits for the client to go.
 */
struct scene {
	const char *name;
	const char *connections[4]; /* a script each, its steps separated by '|'; up to NULL */
	const char *key;
	int result;
	const char *text;
	bool twice; /* the same is asked, and answered, again */
};

struct stage {
	const struct scene *scene;
	const char *table; /* its name */
	struct listener listener;
	int accepted;
	bool ended;
};

PARKS static void
expect(struct stream *s, struct str want)
{
	struct str got;

	assert_int_equal(stream_read_exact(s, want.n, &got, run_deadline(5 * TICKS_SECOND)), 0);
	if (!str_equal(got, want))
		fail_msg("the server read \"%.*s\", not \"%.*s\"", STR_ARG(got), STR_ARG(want));
}

PARKS static void
play(struct stream *s, const char *script)
{
	struct str rest = str_of(script), step, bytes;

	while (str_split(&rest, '|', &step)) {
		int64_t deadline = run_deadline(5 * TICKS_SECOND);

		if (step.p[0] == '<')
			expect(s, str_from(step, 1));
		else if (step.p[0] == '>')
			assert_int_equal(stream_write(s, str_from(step, 1), deadline), 0);
		else if (step.p[0] == '!')
			assert_true(stream_read(s, 1, &bytes, deadline) < 0);
		assert_int_equal(stream_flush(s, deadline), 0);
	}
}

PARKS static void
serve(void *arg)
{
	struct stage *stage = arg;
	struct endpoint peer;
	struct stream s;
	int fd;

	for (const char *const *script = stage->scene->connections; *script != NULL; script++) {
		assert_int_equal(
		    listener_accept(&stage->listener, &fd, &peer, run_deadline(5 * TICKS_SECOND)),
		    0);
		assert_int_equal(stream_open(&s, fd), 0);
		stage->accepted++;
		play(&s, *script);
		stream_close(&s);
	}
	stage->ended = true;
}

PARKS static void
ask_once(struct stage *stage, struct table *t)
{
	AUTO(buf) value = BUF_INIT(200000);
	const struct scene *scene = stage->scene;
	struct why why = WHY_INIT;
	int result =
	    table_find(t, str_of(scene->key), &value, run_deadline(TICKS_SECOND / 5), &why);

	if (result != scene->result)
		fail_msg("%s: %d %s", scene->name, result, why.text);
	if (result < 0 && !str_ends(str_of(why.text), str_of(scene->text)))
		fail_msg("%s: %s", scene->name, why.text);
	if (result >= 0)
		assert_string_equal(buf_text(&value), scene->text);
}

PARKS static void
act(void *arg)
{
	struct stage *stage = arg;
	struct table *t;
	struct group servers;
	struct why why;

	group_init(&servers);
	assert_int_equal(task_start(&servers, "server", serve, stage), 0);
	t = table_open(stage->table, TABLE_FOLD, &why);
	assert_non_null(t);
	ask_once(stage, t);
	if (stage->scene->twice)
		ask_once(stage, t);
	table_close(t);
	assert_int_equal(group_wait(&servers, run_deadline(6 * TICKS_SECOND)), 0);
	assert_true(stage->ended);
	listener_close(&stage->listener);
}

static void
run_scene(void *arg)
{
	struct stage *stage = arg;
	int fd = sys_listen_unix(scratch_path("socket"), 0600, 10);

	assert_true(fd >= 0);
	assert_int_equal(listener_open(&stage->listener, fd), 0);
	act(stage);
}

#define SCRIPTS(...)        \
	{                   \
		__VA_ARGS__ \
	}
#define ASKED "<5:m key,|"

static void
test_socketmap(void **state)
{
	static const struct scene scenes[] = {
		{ "found", SCRIPTS(ASKED ">7:OK a b,,|!"), "KEY", 1, "a b," },
		{ "in pieces", SCRIPTS(ASKED ">1|>0|>:OK |>1234567|>,|!"), "key", 1, "1234567" },
		{ "not found", SCRIPTS(ASKED ">9:NOTFOUND ,|!"), "key", 0, "" },
		{ "a request in the key", SCRIPTS("<14:m k,5:m other,,|>9:NOTFOUND ,|!"),
		    "k,5:m other,", 0, "" },
		{ "fails", SCRIPTS(ASKED ">9:TEMP down,|!"), "key", ERR_TEMPORARY,
		    "the server says: TEMP down" },
		{ "no length", SCRIPTS(ASKED ">OK a,|!"), "key", ERR_PROTOCOL,
		    "the server's reply does not begin with a length: \"OK a,\"" },
		{ "no comma", SCRIPTS(ASKED ">4:OK a;|!"), "key", ERR_PROTOCOL,
		    "the server's reply does not end with a comma" },
		{ "too long", SCRIPTS(ASKED ">100001:|!"), "key", ERR_TOO_LONG,
		    "the server's reply has 100001 bytes, and at most 100000 are taken" },
		{ "nothing", SCRIPTS(ASKED "!"), "key", ERR_TIMEOUT,
		    "the server gave no answer: time limit exceeded" },
		{ "half an answer", SCRIPTS(ASKED ">10:OK |!"), "key", ERR_TIMEOUT,
		    "the server stopped in its answer: time limit exceeded" },
		{ "closes at once, twice", SCRIPTS(ASKED ".", ASKED "."), "key", ERR_EOF,
		    "the server gave no answer: end of stream" },
		{ "closes at once, then answers", SCRIPTS(ASKED ".", ASKED ">4:OK a,|!"), "key", 1,
		    "a" },
		{ "closes in the middle, then answers",
		    SCRIPTS(ASKED ">10:OK a", ASKED ">4:OK b,|!"), "key", 1, "b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		char name[300];
		struct stage stage = { .scene = &scenes[i], .table = name };

		snprintf(name, sizeof(name), "socketmap:unix:%s:m", scratch_path("socket"));
		in_real(run_scene, &stage);
	}
}

static void
run_tcp_scene(void *arg)
{
	struct stage *stage = arg;
	struct endpoint e;
	char name[100];
	int fd;

	assert_int_equal(endpoint_parse(STR("127.0.0.1"), 0, &e), 0);
	fd = sys_listen_tcp(&e, 10);
	assert_true(fd >= 0);
	assert_int_equal(sys_local_endpoint(fd, &e), 0);
	snprintf(name, sizeof(name), "tcp:%s:%d", stage->table, endpoint_port(&e));
	stage->table = name;
	assert_int_equal(listener_open(&stage->listener, fd), 0);
	act(stage);
}

static void
test_tcp(void **state)
{
	static const struct scene scenes[] = {
		{ "found", SCRIPTS("<get key\n|>200 a%20b\n|!"), "KEY", 1, "a b" },
		{ "CRLF", SCRIPTS("<get key\n|>200 a\r\n|!"), "key", 1, "a" },
		{ "not found", SCRIPTS("<get a%0Aget%20b\n|>500 no\n|!"), "a\nget b", 0, "" },
		{ "fails", SCRIPTS("<get k\n|>400 down\n|!"), "k", ERR_TEMPORARY,
		    "the server says: down" },
		{ "nonsense", SCRIPTS("<get k\n|>hello\n|!"), "k", ERR_PROTOCOL,
		    "the server's reply is none: \"hello\"" },
		{ "nothing", SCRIPTS("<get k\n|!"), "k", ERR_TIMEOUT,
		    "the server gave no answer: time limit exceeded" },
		{ "no line end", SCRIPTS("<get k\n|>200 a", "<get k\n|>200 b\n|!"), "k", 1, "b" },
		{ "the next answer before its question",
		    SCRIPTS("<get k\n|>200 a\n200 evil\n|!", "<get k\n|>200 a\n|!"), "k", 1, "a",
		    true },
	};
	static const char *const hosts[] = { "127.0.0.1", "localhost" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scenes) * 2; i++) {
		struct stage stage = { .scene = &scenes[i / 2], .table = hosts[i % 2] };

		in_real(run_tcp_scene, &stage);
	}
}

PARKS static void
ask_nobody(void *arg)
{
	static const char *const names[] = { "tcp:127.0.0.1:1", "socketmap:unix:/no/such:m",
		"socketmap:inet:[::1]:1:m" };
	AUTO(buf) value = BUF_INIT(100);
	struct why why;

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct table *t = table_open(names[i], 0, &why);

		assert_non_null(t);
		assert_true(table_find(t, STR("k"), &value, TICKS_NEVER, &why) < 0);
		assert_non_null(strstr(why.text, "cannot connect to "));
		table_close(t);
	}
}

static void
test_nobody_there(void **state)
{
	(void)state;
	in_real(ask_nobody, NULL);
}

/* --- Kept connections ---------------------------------------------------------------------- */

#define MANY 100

struct crowd {
	struct listener listener;
	struct table *table;
	struct group servers;
	int accepted, open, most, asked;
};

struct visit {
	struct crowd *crowd;
	int fd;
};

/* Answers each question a little later, so that questions pile up. */
PARKS static void
serve_visit(void *arg)
{
	struct visit v = *(struct visit *)arg;
	struct str line;
	struct stream s;

	free(arg);
	assert_int_equal(stream_open(&s, v.fd), 0);
	while (stream_read_line(&s, 100, &line, run_deadline(5 * TICKS_SECOND)) == 0) {
		assert_int_equal(task_sleep(run_deadline(TICKS_SECOND / 100)), 0);
		assert_int_equal(stream_write(&s, STR("200 a\n"), TICKS_NEVER), 0);
	}
	stream_close(&s);
	v.crowd->open--;
}

PARKS static void
receive(void *arg)
{
	struct crowd *c = arg;
	struct endpoint peer;
	int fd;

	while (listener_accept(&c->listener, &fd, &peer, TICKS_NEVER) == 0) {
		struct visit *v = calloc(1, sizeof(*v));

		*v = (struct visit){ .crowd = c, .fd = fd };
		c->accepted++;
		if (++c->open > c->most)
			c->most = c->open;
		assert_int_equal(task_start(&c->servers, "visit", serve_visit, v), 0);
	}
}

PARKS static void
ask(void *arg)
{
	struct crowd *c = arg;
	AUTO(buf) value = BUF_INIT(100);
	struct why why;

	if (table_find(c->table, STR("k"), &value, run_deadline(5 * TICKS_SECOND), &why) != 1)
		fail_msg("%s", why.text);
	c->asked++;
}

PARKS static void
run_crowd(void *arg)
{
	struct crowd *c = arg;
	struct group clients;
	struct endpoint e;
	struct why why;
	char name[100];
	int fd;

	group_init(&clients);
	group_init(&c->servers);
	assert_int_equal(endpoint_parse(STR("127.0.0.1"), 0, &e), 0);
	fd = sys_listen_tcp(&e, MANY);
	assert_int_equal(sys_local_endpoint(fd, &e), 0);
	assert_int_equal(listener_open(&c->listener, fd), 0);
	snprintf(name, sizeof(name), "tcp:127.0.0.1:%d", endpoint_port(&e));
	c->table = table_open(name, 0, &why);
	assert_int_equal(task_start(&c->servers, "receive", receive, c), 0);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(task_start(&clients, "ask", ask, c), 0);
	assert_int_equal(group_wait(&clients, run_deadline(10 * TICKS_SECOND)), 0);
	table_close(c->table);
	listener_close(&c->listener);
	group_end(&c->servers);
}

static void
test_a_bounded_pool(void **state)
{
	struct crowd crowd = { .asked = 0 };

	(void)state;
	in_real(run_crowd, &crowd);
	assert_int_equal(crowd.asked, MANY);
	assert_in_range(crowd.most, 2, 32);
	assert_int_equal(crowd.accepted, crowd.most); /* none was made twice */
}

/* --- Long keys ----------------------------------------------------------------------------- */

static int warnings;

static void
count_warnings(bool is_warning, const char *words)
{
	warnings += is_warning && strstr(words, "is too long for a request") != NULL;
}

static void
test_keys_that_are_too_long(void **state)
{
	static const char *const names[] = { "tcp:127.0.0.1:1", "socketmap:unix:/no/such:m" };
	AUTO(buf) key = BUF_INIT(20000);
	AUTO(buf) value = BUF_INIT(100);
	struct why why;

	(void)state;
	assert_int_equal(buf_addf(&key, "%0*d", 10000, 7), 0);
	table_set_tell(count_warnings);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct table *t = table_open(names[i], 0, &why);

		assert_int_equal(table_find(t, buf_str(&key), &value, TICKS_NEVER, &why), 0);
		table_close(t);
	}
	assert_int_equal(warnings, 2);
	table_set_tell(NULL);
}

static void
test_only_tcp_needs_the_network(void **state)
{
	struct why why;
	struct table *t = table_open("socketmap:unix:/no/such:m", 0, &why);

	(void)state;
	assert_false(table_needs_network());
	table_close(t);
	t = table_open("tcp:localhost:smtp", 0, &why);
	assert_true(table_needs_network());
	table_close(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_tcp_needs_the_network),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_heads_of_netstrings),
		cmocka_unit_test(test_keys_are_encoded),
		cmocka_unit_test(test_socketmap),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_a_bounded_pool),
		cmocka_unit_test(test_keys_that_are_too_long),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
