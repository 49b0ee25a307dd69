/* SPDX-License-Identifier: BSD-2-Clause */
/* header_checks and its kin: each action, what it changes, what the log says. */
#include "tests/sim/cleanup_scene.h"

struct row {
	const char *name;
	const char *config;
	const char *in;
	const char *out; /* behind our Received; "": nothing is stored; NULL: refused */
	const char *log; /* lines beside client= and message-id=, each behind the id; '|' between */
	const char *answer;   /* "code dsn text"; NULL: 250 */
	const char *envelope; /* "recipients filter flags", NULL: not looked at */
};

#define HOST " from client.example[192.0.2.1]; from=<sender@example.org> to=<rcpt@example.com> "
#define WHO  HOST "proto=ESMTP helo=<client.example>"

static void
describe(const struct envelope *e, struct buf *out)
{
	for (uint32_t i = 0; i < e->recipients_count; i++)
		assert_int_equal(buf_addf(out, "%.*s ", STR_ARG(e->recipients[i].address)), 0);
	assert_int_equal(buf_addf(out, "[%.*s] %u", STR_ARG(e->filter), e->flags), 0);
}

/* The lines of the log that are not of every message, without the id. */
static void
pick_lines(struct str id, struct buf *out)
{
	struct str rest = buf_str(&scene_seen), line;

	while (str_split(&rest, '\n', &line)) {
		size_t at = str_find(line, id);

		if (line.n == 0 || str_find(line, STR(": client=")) < line.n ||
		    str_find(line, STR(": message-id=")) < line.n)
			continue;
		if (at < line.n)
			assert_int_equal(buf_addf(out, "%.*s%.*s|", STR_ARG(str_part(line, 0, at)),
			                     STR_ARG(str_from(line, at + id.n + 2))),
			    0);
		else
			assert_int_equal(buf_addf(out, "%.*s|", STR_ARG(line)), 0);
	}
}

PARKS static void
check_stored(const struct row *r, struct scene *s, const struct answer *a)
{
	AUTO(buf) content = BUF_INIT((size_t)1000000);
	AUTO(arena) arena = ARENA_INIT((size_t)1000000);
	AUTO(buf) got = BUF_INIT((size_t)10000);
	struct stored stored;
	struct str behind;

	scene_settle(s);
	scene_take_stored(&a->id, &content, &stored, &arena);
	behind = scene_behind_received(&content);
	if (!str_equal(behind, str_of(r->out)))
		fail_msg("%s: %.*s", r->name, STR_ARG(behind));
	describe(&stored.envelope, &got);
	if (r->envelope != NULL && strcmp(buf_text(&got), r->envelope) != 0)
		fail_msg("%s: %s", r->name, buf_text(&got));
	scene_empty_journal();
}

PARKS static void
run_row(void *arg)
{
	AUTO(buf) got = BUF_INIT((size_t)10000);
	const struct row *r = arg;
	char id[QUEUE_ID_LENGTH + 1];
	struct scene s;
	struct answer a;

	scene_begin(&s, r->config);
	buf_clear(&scene_seen);
	a = scene_submit(&s, 0, str_of(r->in), 1000);
	snprintf(id, sizeof(id), "%.16s", buf_text(&scene_seen));
	pick_lines(str_of(id), &got);
	if (strcmp(buf_text(&got), r->log) != 0)
		fail_msg("%s: log %s", r->name, buf_text(&got));
	buf_clear(&got);
	assert_int_equal(buf_addf(&got, "%u %s %s", a.code, a.dsn, a.text), 0);
	if (r->answer != NULL ? strcmp(buf_text(&got), r->answer) != 0 : a.code != 250)
		fail_msg("%s: %s", r->name, buf_text(&got));
	if (r->out != NULL && r->out[0] != '\0')
		check_stored(r, &s, &a);
	scene_end(&s);
	assert_int_equal(s.k.journal.messages, r->out != NULL && r->out[0] != '\0');
}

static void
run_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		in_spool(run_row, (void *)(uintptr_t)&rows[i]);
}

#define CHECK(action) "header_checks = regexp:{{/^Subject:/ " action "}}\n"
#define IN            "Subject: x\r\nTo: y\r\n\r\nSubject: body\r\n"
#define ENVELOPE      "rcpt@example.com [] 0"

static void
test_header_actions(void **state)
{
	static const struct row rows[] = {
		{ "none", "", IN, IN, "", NULL, ENVELOPE },
		{ "dunno", CHECK("DUNNO"), IN, IN, "", NULL, ENVELOPE },
		{ "ok", CHECK("ok"), IN, IN, "", NULL, ENVELOPE },
		{ "warn", CHECK("WARN look at it"), IN, IN,
		    "warning: header Subject: x" WHO ": look at it|", NULL, ENVELOPE },
		{ "info", CHECK("INFO"), IN, IN, "info: header Subject: x" WHO "|", NULL,
		    ENVELOPE },
		{ "ignore", CHECK("IGNORE"), IN, "To: y\r\n\r\nSubject: body\r\n", "", NULL,
		    ENVELOPE },
		{ "strip", CHECK("STRIP no"), IN, "To: y\r\n\r\nSubject: body\r\n",
		    "strip: header Subject: x" WHO ": no|", NULL, ENVELOPE },
		{ "replace", CHECK("REPLACE Subject: new"), IN,
		    "Subject: new\r\nTo: y\r\n\r\nSubject: body\r\n",
		    "replace: header Subject: x" WHO ": Subject: new|", NULL, ENVELOPE },
		{ "prepend", CHECK("PREPEND X-New: 1"), IN, "X-New: 1\r\n" IN,
		    "prepend: header Subject: x" WHO ": X-New: 1|", NULL, ENVELOPE },
		{ "hold", CHECK("HOLD wait"), IN, IN, "hold: header Subject: x" WHO ": wait|", NULL,
		    "rcpt@example.com [] 128" },
		{ "filter", CHECK("FILTER smtp:[a]:1"), IN, IN,
		    "filter: header Subject: x" WHO ": smtp:[a]:1|", NULL,
		    "rcpt@example.com [smtp:[a]:1] 0" },
		{ "redirect", CHECK("REDIRECT a@b.c"), IN, IN,
		    "redirect: header Subject: x" WHO ": a@b.c|", NULL, "a@b.c [] 0" },
		{ "bcc", CHECK("BCC a@b.c"), IN, IN, "bcc: header Subject: x" WHO ": a@b.c|", NULL,
		    "rcpt@example.com a@b.c [] 0" },
		{ "discard", CHECK("DISCARD away"), IN, "",
		    "discard: header Subject: x" WHO ": away|", NULL, NULL },
		{ "reject", CHECK("REJECT"), IN, NULL,
		    "reject: header Subject: x" WHO ": 5.7.1 message content rejected|",
		    "550 5.7.1 message content rejected", NULL },
		{ "reject with words", CHECK("REJECT no such thing"), IN, NULL,
		    "reject: header Subject: x" WHO ": 5.7.1 no such thing|",
		    "550 5.7.1 no such thing", NULL },
		{ "reject with a code", CHECK("REJECT 4.7.0 later"), IN, NULL,
		    "reject: header Subject: x" WHO ": 4.7.0 later|", "451 4.7.0 later", NULL },
		{ "pass ends the checks",
		    "header_checks = regexp:{{/^Subject:/ PASS}, {/^To:/ REJECT}}\n", IN, IN,
		    "pass: header Subject: x" WHO "|", NULL, ENVELOPE },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

#define FOLDED "A: b\r\n c\r\nSubject: x\r\n\r\n"

/* What a rule takes from a folded field has LF in it; there is none in what is stored. */
static void
test_folds_in_the_text_of_a_rule(void **state)
{
	static const struct row rows[] = {
		{ "replace", "header_checks = regexp:{{/^A: (.*)/ REPLACE X: $$1}}\n", FOLDED,
		    "X: b\r\n c\r\nSubject: x\r\n\r\n", "replace: header A: b? c" WHO ": X: b? c|",
		    NULL, NULL },
		{ "prepend", "header_checks = regexp:{{/^A: (.*)/ PREPEND X: $$1}}\n", FOLDED,
		    "X: b\r\n c\r\n" FOLDED, "prepend: header A: b? c" WHO ": X: b? c|", NULL,
		    NULL },
		{ "bcc", "header_checks = regexp:{{/^A: (.*)/ BCC x@$$1}}\n", FOLDED, FOLDED,
		    "warning: header_checks: a control character in the text: \"x@b? c\"|", NULL,
		    ENVELOPE },
		{ "redirect", "header_checks = regexp:{{/^A: (.*)/ REDIRECT x@$$1}}\n", FOLDED,
		    FOLDED, "warning: header_checks: a control character in the text: \"x@b? c\"|",
		    NULL, ENVELOPE },
		{ "filter", "header_checks = regexp:{{/^A: (.*)/ FILTER x:$$1}}\n", FOLDED, FOLDED,
		    "warning: header_checks: a control character in the text: \"x:b? c\"|", NULL,
		    ENVELOPE },
	};

	(void)state;
	scene_expected_warnings = 3;
	run_rows(rows, ARRAY_LEN(rows));
}

/* What is wrong with an action is logged, and the mail goes on. */
static void
test_wrong_actions(void **state)
{
	static const struct row rows[] = {
		{ "unknown", CHECK("NONSENSE x"), IN, IN,
		    "warning: header_checks: unknown action: \"NONSENSE x\"|", NULL, ENVELOPE },
		{ "no text", CHECK("PREPEND"), IN, IN,
		    "warning: header_checks: this action needs a text: \"\"|", NULL, ENVELOPE },
		{ "no header", CHECK("REPLACE nonsense"), IN, IN,
		    "warning: header_checks: the text is no header field: \"nonsense\"|", NULL,
		    ENVELOPE },
		{ "no address", CHECK("REDIRECT nonsense"), IN, IN,
		    "warning: header_checks: bad address, need user@domain: \"nonsense\"|", NULL,
		    ENVELOPE },
		{ "no destination", CHECK("FILTER nonsense"), IN, IN,
		    "warning: header_checks: bad FILTER, need transport:destination: "
		    "\"nonsense\"|",
		    NULL, ENVELOPE },
		{ "a good status", CHECK("REJECT 2.0.0 fine"), IN, NULL,
		    "warning: header_checks: bad status code in REJECT, need 4.x.x or 5.x.x: "
		    "\"2.0.0 fine\"|reject: header Subject: x" WHO ": 4.0.0 fine|",
		    "451 4.0.0 fine", NULL },
		{ "a table that fails", "header_checks = fail:x\n", IN, NULL,
		    "warning: fail:x: this table always fails|warning: header_checks map lookup "
		    "problem -- "
		    "message not accepted, try again later|reject: Temporary lookup failure|",
		    "451 4.3.0 Temporary lookup failure", NULL },
	};

	(void)state;
	scene_expected_warnings = 8;
	run_rows(rows, ARRAY_LEN(rows));
}

static void
test_which_table_is_asked(void **state)
{
	static const struct row rows[] = {
		{ "mime fields of the header", "mime_header_checks = regexp:{{/./ WARN mime}}\n",
		    "Subject: x\r\nContent-Type: y\r\n\r\n",
		    "Subject: x\r\nContent-Type: y\r\n\r\n",
		    "warning: header Content-Type: y" WHO ": mime|", NULL, NULL },
		{ "they are the others' by default", "header_checks = regexp:{{/^C/ WARN}}\n",
		    "Content-Type: y\r\n\r\n", "Content-Type: y\r\n\r\n",
		    "warning: header Content-Type: y" WHO "|", NULL, NULL },
		{ "folds", "header_checks = regexp:{{/^A: b[[:space:]]+c$$/ WARN}}\n",
		    "A: b\r\n\tc\r\n\r\n", "A: b\r\n\tc\r\n\r\n", "warning: header A: b??c" WHO "|",
		    NULL, NULL },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

#define PARTS "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define PART  "--b\r\nX-Part: 1\r\nContent-ID: 2\r\n\r\nSubject: text\r\n"
#define NEST  "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: nested\r\n\r\nbad\r\n"
#define ALL   PARTS PART NEST "--b--\r\n"

static void
test_parts(void **state)
{
	static const struct row rows[] = {
		{ "fields of parts",
		    "mime_header_checks = regexp:{{/^X-Part/ WARN}, {/: 2/ WARN}}\n", ALL, ALL,
		    "warning: header X-Part: 1" WHO "|warning: header Content-ID: 2" WHO "|", NULL,
		    NULL },
		{ "fields of attached messages",
		    "nested_header_checks = regexp:{{/^Subject/ WARN}}\n", ALL, ALL,
		    "warning: header Subject: nested" WHO "|", NULL, NULL },
		{ "no parts",
		    "disable_mime_input_processing = yes\n"
		    "nested_header_checks = regexp:{{/^Subject/ WARN}}\n",
		    ALL, ALL, "", NULL, NULL },
		{ "a field is removed", "mime_header_checks = regexp:{{/^X-Part/ IGNORE}}\n", ALL,
		    PARTS "--b\r\nContent-ID: 2\r\n\r\nSubject: text\r\n" NEST "--b--\r\n", "",
		    NULL, NULL },
		{ "a field is refused", "nested_header_checks = regexp:{{/nested/ REJECT no}}\n",
		    ALL, NULL, "reject: header Subject: nested" WHO ": 5.7.1 no|", "550 5.7.1 no",
		    NULL },
		{ "body", "body_checks = regexp:{{/^bad$$/ WARN}, {/^--b/ INFO}}\n", ALL, ALL,
		    "info: body --b" WHO "|info: body --b" WHO "|warning: body bad" WHO
		    "|info: body --b--" WHO "|",
		    NULL, NULL },
		{ "lines are changed",
		    "body_checks = regexp:{{/^1/ REPLACE one}, {/^2/ IGNORE}, {/^3/ PREPEND "
		    "and}}\n",
		    "\r\n0\r\n1\r\n2\r\n3\r\n4", "\r\n0\r\none\r\nand\r\n3\r\n4",
		    "replace: body 1" WHO ": one|prepend: body 3" WHO ": and|", NULL, NULL },
		{ "the first bytes of a part",
		    "body_checks_size_limit = 5\nbody_checks = regexp:{{/x/ WARN}}\n",
		    PARTS "--b\r\n\r\n12345\r\nx\r\n--b\r\n\r\nx\r\n--b--\r\n",
		    PARTS "--b\r\n\r\n12345\r\nx\r\n--b\r\n\r\nx\r\n--b--\r\n",
		    "warning: body x" WHO "|", NULL, NULL },
		{ "discarded", "body_checks = regexp:{{/bad/ DISCARD}}\n", ALL, "",
		    "discard: body bad" WHO "|", NULL, NULL },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

static void
test_strictness(void **state)
{
#define ERROR_OF(what, text) "reject: mime-error " what ": " text WHO "|"
#define HEADER_8BIT          "improper use of 8-bit data in message header"
#define BODY_8BIT            "improper use of 8-bit data in message body"
#define DOMAIN_              "invalid message/* or multipart/* encoding domain"
#define NESTING              "MIME nesting exceeds safety limit"
#define DEEP                 "Content-Type: multipart/x; boundary=c\r\n\r\n--c\r\nContent-Type: "
	static const struct row rows[] = {
		{ "8-bit header", "strict_7bit_headers = yes\n", "A: \xe9\r\n\r\n", NULL,
		    ERROR_OF(HEADER_8BIT, "A: ?"), "550 5.6.0 " HEADER_8BIT, NULL },
		{ "7-bit header", "strict_7bit_headers = yes\n", "A: b\r\n\r\n\xe9",
		    "A: b\r\n\r\n\xe9", "", NULL, NULL },
		{ "8-bit header of a part", "strict_8bitmime = yes\n",
		    PARTS "--b\r\nA: \xe9\r\n\r\n", NULL, ERROR_OF(HEADER_8BIT, "A: ?"),
		    "550 5.6.0 " HEADER_8BIT, NULL },
		{ "8-bit body", "strict_8bitmime_body = yes\n", "A: b\r\n\r\nx\xe9\r\n", NULL,
		    ERROR_OF(BODY_8BIT, "x?"), "550 5.6.0 " BODY_8BIT, NULL },
		{ "8-bit body, announced", "strict_8bitmime_body = yes\n",
		    "Content-Transfer-Encoding: 8bit\r\n\r\nx\xe9\r\n",
		    "Content-Transfer-Encoding: 8bit\r\n\r\nx\xe9\r\n", "", NULL, NULL },
		{ "encoded multipart", "strict_mime_encoding_domain = yes\n",
		    "Content-Transfer-Encoding: base64\r\n" PARTS, NULL, ERROR_OF(DOMAIN_, ""),
		    "550 5.6.0 " DOMAIN_, NULL },
		{ "nesting", "mime_nesting_limit = 1\nheader_checks = regexp:{{/none/ DUNNO}}\n",
		    DEEP "multipart/x; boundary=d\r\n\r\n--d\r\n", NULL, ERROR_OF(NESTING, ""),
		    "550 5.6.0 " NESTING, NULL },
		{ "nesting, nobody looks", "mime_nesting_limit = 1\n",
		    DEEP "multipart/x; boundary=d\r\n\r\n--d\r\n",
		    DEEP "multipart/x; boundary=d\r\n\r\n--d\r\n", "", NULL, NULL },
		{ "rejected character", "message_reject_characters = \\1\\x\n",
		    "A: b\r\n\r\na\1b\r\n", NULL,
		    "reject: content a?b" WHO ": 5.7.1 disallowed character|",
		    "550 5.7.1 disallowed character", NULL },
		{ "stripped characters", "message_strip_characters = \\1b\n",
		    "A: b\1\r\n\r\na\1b\r\n", "A: \r\n\r\na\r\n", "", NULL, NULL },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

/* force_mime_input_conversion: what announces 8-bit text becomes quoted-printable. */
static void
test_conversion(void **state)
{
#define CONVERT "force_mime_input_conversion = yes\n"
#define BIT8    "Content-Transfer-Encoding: 8bit\r\n"
#define QUOTED  "Content-Transfer-Encoding: quoted-printable\r\n"
#define BIT7    "Content-Transfer-Encoding: 7bit\r\n"
	static const struct row rows[] = {
		{ "text", CONVERT, BIT8 "A: b\r\n\r\ncaf\xe9 =\r\n",
		    "A: b\r\n" QUOTED "\r\ncaf=E9 =3D\r\n", "", NULL, "rcpt@example.com [] 0" },
		{ "not announced", CONVERT, "A: b\r\n\r\ncaf\xe9\r\n", "A: b\r\n\r\ncaf\xe9\r\n",
		    "", NULL, NULL },
		{ "parts", CONVERT,
		    BIT8 PARTS "--b\r\n" BIT8 "\r\n\xe9\r\n--b\r\n\r\nx=y\r\n--b--\r\n",
		    "Content-Type: multipart/mixed; boundary=b\r\n" BIT7 "\r\n--b\r\n" QUOTED
		    "\r\n=E9\r\n--b\r\n\r\nx=y\r\n--b--\r\n",
		    "", NULL, NULL },
		{ "blank at the end", CONVERT, BIT8 "\r\n\xe9 ", QUOTED "\r\n=E9=20", "", NULL,
		    NULL },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

/* The same rules while a message streams: pieces end within lines and fields. */
PARKS static void
run_streaming(void *arg)
{
	enum { SIZE = 200000, FILL = 66000 };
	AUTO(buf) content = BUF_INIT((size_t)1000000);
	AUTO(buf) in = BUF_INIT((size_t)SIZE);
	AUTO(buf) want = BUF_INIT((size_t)SIZE);
	struct scene s;
	struct answer a;

	(void)arg;
	assert_int_equal(buf_add(&in, STR(PARTS "--b\r\n\r\n")), 0);
	while (in.n < FILL)
		assert_int_equal(buf_add(&in, STR("filling text\r\n")), 0);
	assert_int_equal(buf_add(&want, buf_str(&in)), 0);
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(
		    buf_addf(&in, "--b\r\nX-Gone: %u\r\nX-Part: %u\r\n\r\nbad %u\r\ngood %u\r\n", i,
		        i, i, i),
		    0);
		assert_int_equal(
		    buf_addf(&want, "--b\r\nX-Part: %u\r\n\r\nbetter\r\ngood %u\r\n", i, i), 0);
	}
	scene_begin(&s, "mime_header_checks = regexp:{{/^X-Gone/ IGNORE}}\n"
	                "body_checks = regexp:{{/^bad/ REPLACE better}}\n");
	a = scene_submit(&s, 0, buf_str(&in), 997);
	assert_int_equal(a.code, 250);
	scene_settle(&s);
	scene_take_stored(&a.id, &content, NULL, NULL);
	assert_true(str_equal(scene_behind_received(&content), buf_str(&want)));
	scene_end(&s);
}

static void
test_streaming(void **state)
{
	(void)state;
	in_spool(run_streaming, NULL);
}

/* Our own Received is a field like any other. */
PARKS static void
run_hidden(void *arg)
{
	AUTO(buf) content = BUF_INIT((size_t)1000);
	struct scene s;
	struct answer a;

	(void)arg;
	scene_begin(&s, "header_checks = regexp:{{/^Received:.*mx.example/ IGNORE}}\n");
	a = scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100);
	scene_settle(&s);
	scene_take_stored(&a.id, &content, NULL, NULL);
	assert_str_is(buf_str(&content), "A: b\r\n\r\n");
	scene_end(&s);
}

static void
test_received_can_be_hidden(void **state)
{
	(void)state;
	in_spool(run_hidden, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cleanup_test(test_header_actions),
		cleanup_test(test_folds_in_the_text_of_a_rule),
		cleanup_test(test_wrong_actions),
		cleanup_test(test_which_table_is_asked),
		cleanup_test(test_parts),
		cleanup_test(test_strictness),
		cleanup_test(test_conversion),
		cleanup_test(test_streaming),
		cleanup_test(test_received_can_be_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
