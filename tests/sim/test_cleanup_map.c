/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of sender and recipients, by configuration. */
#include "tests/sim/cleanup_scene.h"

struct row {
	const char *name;
	const char *config;
	const char *sender;
	const char *recipients; /* blanks between */
	const char *out;        /* "sender: recipient(original) …"; NULL: refused */
	const char *log;        /* words that must stand in it; NULL: none */
	const char *answer;     /* where refused: "code dsn" */
	uint32_t flags;
};

PARKS static struct answer
submit_envelope(struct scene *s, const struct row *r)
{
	struct message_recipient list[10] = { { .notify = 0 } };
	struct message_submit m = scene_make_submit(r->flags);
	struct str rest = str_of(r->recipients), word;

	m.sender = str_of(r->sender);
	m.recipients = list;
	m.recipients_count = 0;
	while (str_word(&rest, " ", &word))
		list[m.recipients_count++].address = str_equal(word, STR("<>")) ? STR_NONE : word;
	assert_int_equal(channel_send_submit(&s->client, 7, &m, DEADLINE), 0);
	scene_send_content(s, 7, STR("From: jo@b.example\r\n\r\n"), 1000);
	scene_send_end(s, 7);
	return scene_read_answer(s);
}

static void
describe(const struct envelope *e, struct buf *out)
{
	assert_int_equal(buf_addf(out, "%.*s:", STR_ARG(e->sender)), 0);
	for (uint32_t i = 0; i < e->recipients_count; i++) {
		const struct envelope_recipient *r = &e->recipients[i];

		assert_int_equal(buf_addf(out, " %.*s", STR_ARG(r->address)), 0);
		if (r->original.n != 0)
			assert_int_equal(buf_addf(out, "(%.*s)", STR_ARG(r->original)), 0);
		if (r->notify != 0)
			assert_int_equal(buf_addf(out, "/%u", r->notify), 0);
	}
}

PARKS static void
run_row(void *arg)
{
	AUTO(buf) content = BUF_INIT((size_t)100000);
	AUTO(arena) arena = ARENA_INIT((size_t)1000000);
	AUTO(buf) got = BUF_INIT((size_t)100000);
	const struct row *r = arg;
	struct stored stored;
	struct scene s;
	struct answer a;

	scene_begin(&s, r->config);
	buf_clear(&scene_seen);
	a = submit_envelope(&s, r);
	if (r->log != NULL && strstr(buf_text(&scene_seen), r->log) == NULL)
		fail_msg("%s: log %s", r->name, buf_text(&scene_seen));
	if (r->out == NULL) {
		assert_int_equal(buf_addf(&got, "%u %s", a.code, a.dsn), 0);
		if (strcmp(buf_text(&got), r->answer) != 0)
			fail_msg("%s: %s", r->name, buf_text(&got));
	} else {
		if (a.code != 250)
			fail_msg("%s: %u %s: %s", r->name, a.code, a.text, buf_text(&scene_seen));
		scene_settle(&s);
		scene_take_stored(&a.id, &content, &stored, &arena);
		describe(&stored.envelope, &got);
		if (strcmp(buf_text(&got), r->out) != 0)
			fail_msg("%s: %s", r->name, buf_text(&got));
		scene_empty_journal();
	}
	scene_end(&s);
}

static void
run_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		in_spool(run_row, (void *)(uintptr_t)&rows[i]);
}

#define R "r@x.example"

static void
test_canonical(void **state)
{
#define NO_MAPS SUBMIT_NO_ADDRESS_MAPPINGS
	static const struct row rows[] = {
		{ "nothing", "", "a@b.example", R, "a@b.example: " R, NULL, NULL, 0 },
		{ "qualified", "append_dot_mydomain = yes\n", "a", "b c@d <>",
		    "a@origin.example: b@origin.example(b) c@d.example(c@d) "
		    "MAILER-DAEMON@origin.example(MAILER-DAEMON)",
		    NULL, NULL, 0 },
		{ "null sender", "canonical_maps = static:x@y.example\n", "", R,
		    ": x@y.example(" R ")", NULL, NULL, 0 },
		{ "both", "canonical_maps = inline:{a@b.example=c@d.example}\n", "a@b.example",
		    "A@B.example", "c@d.example: c@d.example(A@B.example)", NULL, NULL, 0 },
		{ "sender first",
		    "sender_canonical_maps = inline:{a@b.example=c@d.example}\n"
		    "canonical_maps = inline:{c@d.example=e@f.example}\n",
		    "a@b.example", "a@b.example", "e@f.example: a@b.example", NULL, NULL, 0 },
		{ "recipient only", "recipient_canonical_maps = inline:{a@b.example=c@d.example}\n",
		    "a@b.example", "a@b.example", "a@b.example: c@d.example(a@b.example)", NULL,
		    NULL, 0 },
		{ "classes",
		    "canonical_maps = inline:{a@b.example=c@d.example}\n"
		    "canonical_classes = envelope_sender\n",
		    "a@b.example", "a@b.example", "c@d.example: a@b.example", NULL, NULL, 0 },
		{ "again and again",
		    "canonical_maps = inline:{{a@b.example=c@d.example}, "
		    "{c@d.example=e@f.example}}\n",
		    "a@b.example", R, "e@f.example: " R, NULL, NULL, 0 },
		{ "itself", "canonical_maps = inline:{a@b.example=a@b.example}\n", "a@b.example", R,
		    "a@b.example: " R, NULL, NULL, 0 },
		{ "domain", "canonical_maps = inline:{@b.example=@c.example}\n", "a+x@b.example", R,
		    "a+x@c.example: " R, NULL, NULL, 0 },
		{ "extension",
		    "recipient_delimiter = +\ncanonical_maps = inline:{a@b.example=c@d.example}\n",
		    "a+x@b.example", R, "c+x@d.example: " R, NULL, NULL, 0 },
		{ "extension, not passed on",
		    "recipient_delimiter = +\npropagate_unmatched_extensions =\n"
		    "canonical_maps = inline:{a@b.example=c@d.example}\n",
		    "a+x@b.example", R, "c@d.example: " R, NULL, NULL, 0 },
		{ "user of ours", "canonical_maps = inline:{a=b.c@d.example}\n", "a@local.example",
		    "a@origin.example a@b.example",
		    "b.c@d.example: b.c@d.example(a@origin.example) a@b.example", NULL, NULL, 0 },
		{ "no mappings", "canonical_maps = static:x@y.example\nalways_bcc = z@y.example\n",
		    "a@b.example", "r", "a@b.example: r@origin.example(r)", NULL, NULL, NO_MAPS },
		{ "quoted", "canonical_maps = inline:{{a@b.example=\"x y\"@d.example}}\n",
		    "a@b.example", R, "x y@d.example: " R, NULL, NULL, 0 },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

static void
test_masquerade(void **state)
{
#define MASK "masquerade_domains = !keep.example.com example.com\n"
	static const struct row rows[] = {
		{ "below", MASK, "a@host.example.com", "r@host.example.com",
		    "a@example.com: r@host.example.com", NULL, NULL, 0 },
		{ "kept", MASK, "a@x.keep.example.com", R, "a@x.keep.example.com: " R, NULL, NULL,
		    0 },
		{ "other", MASK, "a@myexample.com", R, "a@myexample.com: " R, NULL, NULL, 0 },
		{ "recipients too",
		    MASK "masquerade_classes = envelope_sender, envelope_recipient\n",
		    "a@h.example.com", "r@h.example.com",
		    "a@example.com: r@example.com(r@h.example.com)", NULL, NULL, 0 },
		{ "exception", MASK "masquerade_exceptions = root\n", "root@h.example.com", R,
		    "root@h.example.com: " R, NULL, NULL, 0 },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

static void
test_bcc(void **state)
{
	static const struct row rows[] = {
		{ "always", "always_bcc = arc\n", "a@b.example", R,
		    "a@b.example: " R " arc@origin.example/1", NULL, NULL, 0 },
		{ "internal mail", "always_bcc = arc\n", "a@b.example", R, "a@b.example: " R, NULL,
		    NULL, SUBMIT_INTERNAL },
		{ "of a sender", "sender_bcc_maps = inline:{a@b.example=copy@c.example}\n",
		    "a@b.example", R, "a@b.example: copy@c.example/1 " R, NULL, NULL, 0 },
		{ "of a recipient", "recipient_bcc_maps = inline:{" R "=copy@c.example}\n",
		    "a@b.example", R " s@x.example",
		    "a@b.example: " R " copy@c.example/1 s@x.example", NULL, NULL, 0 },
		{ "mapped like others",
		    "always_bcc = arc@b.example\nvirtual_alias_maps = "
		    "inline:{arc@b.example=store@c.example}\n",
		    "a@b.example", R, "a@b.example: " R " store@c.example(arc@b.example)/1", NULL,
		    NULL, 0 },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

static void
test_virtual(void **state)
{
#define VIRTUAL(map) "virtual_alias_maps = inline:{" map "}\n"
	static const struct row rows[] = {
		{ "one", VIRTUAL("{r@x.example=s@y.example}"), "a@b.example", R,
		    "a@b.example: s@y.example(" R ")", NULL, NULL, 0 },
		{ "many", VIRTUAL("{r@x.example=s@y.example, t u@z.example}"), "a@b.example", R,
		    "a@b.example: s@y.example(" R ") t@origin.example(" R ") u@z.example(" R ")",
		    NULL, NULL, 0 },
		{ "again", VIRTUAL("{r@x.example=s@x.example}, {s@x.example=t@x.example}"),
		    "a@b.example", R, "a@b.example: t@x.example(" R ")", NULL, NULL, 0 },
		{ "itself too", VIRTUAL("{r@x.example=r@x.example s@x.example}"), "a@b.example", R,
		    "a@b.example: " R " s@x.example(" R ")", NULL, NULL, 0 },
		{ "catch-all", VIRTUAL("{@x.example=s@y.example}"), "a@b.example",
		    "r@x.example s@x.example",
		    "a@b.example: s@y.example(" R ") s@y.example(s@x.example)", NULL, NULL, 0 },
		{ "extension", "recipient_delimiter = +\n" VIRTUAL("{r@x.example=s@y.example}"),
		    "a@b.example", "r+q@x.example", "a@b.example: s+q@y.example(r+q@x.example)",
		    NULL, NULL, 0 },
		{ "sender is not touched", VIRTUAL("{a@b.example=s@y.example}"), "a@b.example", R,
		    "a@b.example: " R, NULL, NULL, 0 },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

/* A table that fails, and addresses without end: 4xx, and the log says which. */
static void
test_failures(void **state)
{
#define LATER_ " -- message not accepted, try again later\n"
	static const struct row rows[] = {
		{ "canonical", "canonical_maps = fail:x\n", "a@b.example", R, NULL,
		    ": canonical_maps map lookup problem for a@b.example" LATER_, "451 4.3.0", 0 },
		{ "virtual", "virtual_alias_maps = fail:x\nvirtual_alias_domains =\n",
		    "a@b.example", R, NULL, ": virtual_alias_maps map lookup problem for " R LATER_,
		    "451 4.3.0", 0 },
		{ "bcc", "recipient_bcc_maps = fail:x\n", "a@b.example", R, NULL,
		    ": recipient_bcc_maps map lookup problem for " R LATER_, "451 4.3.0", 0 },
		{ "a loop", VIRTUAL("{a@x.example=b@x.example}, {b@x.example=a@x.example}"),
		    "a@b.example", "a@x.example", NULL,
		    ": unreasonable virtual_alias_maps map nesting for a@x.example" LATER_,
		    "451 4.6.0", 0 },
		{ "a canonical loop",
		    "canonical_maps = inline:{{a@x.example=b@x.example}, "
		    "{b@x.example=a@x.example}}\n",
		    "a@x.example", R, NULL,
		    ": unreasonable canonical_maps map nesting for a@x.example" LATER_, "451 4.3.0",
		    0 },
		{ "too many",
		    "virtual_alias_expansion_limit = 2\n" VIRTUAL("{r@x.example=a@x b@x c@x}"),
		    "a@b.example", R, NULL,
		    ": unreasonable virtual_alias_maps map expansion size for " R LATER_,
		    "451 4.6.0", 0 },
		{ "too long",
		    "virtual_alias_address_length_limit = 10\n" VIRTUAL(
		        "{r@x.example=a@bcdefg.example}"),
		    "a@b.example", R, NULL, ": unreasonable virtual_alias_maps", "451 4.6.0", 0 },
		{ "no address", VIRTUAL("{r@x.example=a@-b-}"), "a@b.example", R, NULL,
		    ": bad virtual_alias_maps entry for " R ": \"a@-b-\": syntax error" LATER_,
		    "451 4.3.0", 0 },
	};

	(void)state;
	scene_expected_warnings = 11;
	run_rows(rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cleanup_test(test_canonical),
		cleanup_test(test_masquerade),
		cleanup_test(test_bcc),
		cleanup_test(test_virtual),
		cleanup_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
