/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/config/param.h"
#include "lib/config/settings.h"

/* Reports, one a line: "E " or "W " and the text, with the folder's name as "DIR". */
struct heard {
	struct buf text;
	char folder[64];
	char file[80];
};

static void
hear(void *context, bool is_error, const char *text)
{
	struct heard *h = context;
	const char *at = strstr(text, h->folder);

	assert_int_equal(buf_add(&h->text, is_error ? STR("E ") : STR("W ")), 0);
	if (at != NULL) {
		assert_int_equal(buf_add(&h->text, str_make(text, (size_t)(at - text))), 0);
		assert_int_equal(buf_add(&h->text, STR("DIR")), 0);
		text = at + strlen(h->folder);
	}
	assert_int_equal(buf_addf(&h->text, "%s\n", text), 0);
}

static struct config *
load(struct heard *h, const char *main_cf, const struct config_override *overrides, size_t count)
{
	struct config_source source = {
		.directory = h->folder,
		.program = "smtpd",
		.service = "submission",
		.overrides = overrides,
		.override_count = count,
	};
	FILE *f = fopen(h->file, "w");

	assert_non_null(f);
	assert_true(fputs(main_cf, f) >= 0);
	assert_int_equal(fclose(f), 0);
	buf_clear(&h->text);
	return config_load(&source, hear, h);
}

static int
set_up(void **state)
{
	static struct heard h;

	buf_init(&h.text, 100000);
	snprintf(h.folder, sizeof(h.folder), "/tmp/test_config.XXXXXX");
	assert_non_null(mkdtemp(h.folder));
	snprintf(h.file, sizeof(h.file), "%s/main.cf", h.folder);
	*state = &h;
	return 0;
}

static int
tear_down(void **state)
{
	struct heard *h = *state;

	unlink(h->file);
	rmdir(h->folder);
	buf_drop(&h->text);
	return 0;
}

/* --- The rows ------------------------------------------------------------------------------ */

static bool
is_plain(const char *text)
{
	return strchr(text, '$') == NULL;
}

static void
test_each_default_fits_its_row(void **state)
{
	(void)state;
	for (size_t id = 0; id < PARAM_COUNT; id++) {
		const struct param *p = param_at((enum param_id)id);
		struct param_value value;
		struct why why;

		assert_true(param_find(str_of(p->name)) == id);
		if (p->min > p->max)
			fail_msg("%s: range", p->name);
		if (p->type == PARAM_TYPE_TIME && p->unit == 0)
			fail_msg("%s: no unit", p->name);
		if ((p->type == PARAM_TYPE_ENUM) != (p->words != NULL))
			fail_msg("%s: choices", p->name);
		if (strlen(p->sentence) < 10 || p->sentence[strlen(p->sentence) - 1] != '.')
			fail_msg("%s: no sentence", p->name);
		if (p->initial != NULL && is_plain(p->initial) &&
		    param_parse(p, str_of(p->initial), &value, &why) < 0)
			fail_msg("%s: %s", p->name, why.text);
	}
}

/* A member with a row of its own is read as its family is. */
static void
test_families_and_members_have_one_type(void **state)
{
	(void)state;
	for (size_t id = 0; id < PARAM_COUNT; id++) {
		static const char *const agents[] = { "local", "virtual", "smtp", "lmtp", "relay" };
		const struct param *family = param_at((enum param_id)id);

		for (size_t i = 0; family->is_family && i < ARRAY_LEN(agents); i++) {
			char name[200];
			enum param_id own;

			snprintf(name, sizeof(name), "%s%s", agents[i], strchr(family->name, '_'));
			own = param_find(str_of(name));
			if (own != PARAM_COUNT && param_at(own)->type != family->type)
				fail_msg("%s is not of the type of %s", name, family->name);
		}
	}
}

static void
test_every_default_can_be_loaded(void **state)
{
	static const struct config_override stress = { "stress", "yes" };
	struct config *c = load(*state, "", NULL, 0);

	assert_non_null(c);
	assert_true(config_time(c, PARAM_smtpd_timeout) == 300 * TICKS_SECOND);
	assert_true(config_time(c, PARAM_maximal_queue_lifetime) == 5 * TICKS_DAY);
	assert_int_equal(config_int(c, PARAM_smtpd_hard_error_limit), 20);
	assert_false(config_bool(c, PARAM_smtpd_per_request_deadline));
	assert_string_equal(config_text(c, PARAM_syslog_name), "postroad");
	assert_string_equal(config_text(c, PARAM_process_name), "smtpd");
	assert_string_equal(config_text(c, PARAM_service_name), "submission");
	assert_string_equal(
	    config_text(c, PARAM_config_directory), ((struct heard *)*state)->folder);
	assert_true(strchr(config_text(c, PARAM_myhostname), '.') != NULL);
	assert_true(config_text(c, PARAM_mynetworks)[0] != '\0');
	assert_int_equal(((struct heard *)*state)->text.n, 0);
	config_free(c);

	c = load(*state, "", &stress, 1);
	assert_non_null(c);
	assert_true(config_time(c, PARAM_smtpd_timeout) == 10 * TICKS_SECOND);
	assert_int_equal(config_int(c, PARAM_smtpd_hard_error_limit), 1);
	assert_true(config_bool(c, PARAM_smtpd_per_request_deadline));
	config_free(c);
}

/* --- main.cf ------------------------------------------------------------------------------- */

static void
test_values(void **state)
{
	static const struct {
		const char *name, *main_cf, *parameter, *value;
	} rows[] = {
		{ "plain", "mail_name = A b\n", "mail_name", "A b" },
		{ "no blanks", "mail_name=A\n", "mail_name", "A" },
		{ "no end of line", "mail_name = A", "mail_name", "A" },
		{ "trailing blanks and CR", "mail_name = A \t\r\n", "mail_name", "A" },
		{ "empty", "alias_maps =\n", "alias_maps", "" },
		{ "equals sign inside", "mail_name = a=b\n", "mail_name", "a=b" },
		{ "number sign inside", "mail_name = a # b\n", "mail_name", "a # b" },
		{ "last one counts", "mail_name = A\nmail_name = B\n", "mail_name", "B" },
		{ "continued", "mail_name = A\n b\n\tc\n", "mail_name", "A b\tc" },
		{ "continued on an empty value", "mail_name =\n A\n", "mail_name", "A" },
		{ "comments between", "# x\nmail_name = A\n# x\n  # y\n\n  \n B\n", "mail_name",
		    "A B" },
		{ "comment line's continuation", "#mail_name = A\n mail_name = B\n", NULL, NULL },
		{ "forward reference", "mail_name = $b\nb = c\n", "mail_name", "c" },
		{ "of a parameter", "myhostname = a.b.c\nmail_name = $mydomain\n", "mail_name",
		    "b.c" },
		{ "of a default", "myhostname = h.d\n", "mydestination",
		    "h.d, localhost.d, localhost" },
		{ "of an undefined name", "mail_name = <$nosuch>\n", "mail_name", "<>" },
		{ "of a family's member", "mail_name = $smtp_time_limit\n", "mail_name", "1000s" },
		{ "user-defined", "my_own = a $b\nb = c\n", "my_own", "a c" },
		{ "word in another case", "mynetworks_style = SubNet\n", "mynetworks_style",
		    "subnet" },
		{ "raw is not expanded", "mailbox_command = p $user\n", "mailbox_command",
		    "p $user" },
		{ "blanks that an expansion leaves", "mail_name = A $nosuch\n", "mail_name", "A" },
		{ "later, of the wrong type", "smtp_tls_loglevel = x\n", "smtp_tls_loglevel", "0" },
		{ "of a member with a hyphen", "my-x_time_limit = 5\n", "my-x_time_limit", "5" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config *c = load(*state, rows[i].main_cf, NULL, 0);

		if (rows[i].parameter == NULL) {
			if (c != NULL)
				fail_msg("%s: was loaded", rows[i].name);
			continue;
		}
		if (c == NULL)
			fail_msg("%s: %s", rows[i].name, buf_text(&((struct heard *)*state)->text));
		if (strcmp(config_lookup(c, rows[i].parameter), rows[i].value) != 0)
			fail_msg("%s: \"%s\"", rows[i].name, config_lookup(c, rows[i].parameter));
		config_free(c);
	}
}

static void
test_typed_values(void **state)
{
	struct config *c = load(*state,
	    "smtpd_timeout = 5m\ndelay_warning_time = 4\nmaximal_queue_lifetime = 2\n"
	    "message_size_limit = 12345678901\nsmtpd_helo_required = Yes\n"
	    "mydestination = a, b c,, {d e} , inline:{x=y, z=w}\n"
	    "smtp_destination_recipient_limit = 7\nfoo_destination_recipient_limit = 9\n"
	    "foo_time_limit = 2h\n",
	    NULL, 0);
	struct config_list list;

	assert_non_null(c);
	assert_true(config_time(c, PARAM_smtpd_timeout) == 5 * TICKS_MINUTE);
	assert_true(config_time(c, PARAM_delay_warning_time) == 4 * TICKS_HOUR);
	assert_true(config_time(c, PARAM_maximal_queue_lifetime) == 2 * TICKS_DAY);
	assert_true(config_int(c, PARAM_message_size_limit) == 12345678901);
	assert_true(config_bool(c, PARAM_smtpd_helo_required));
	assert_true(config_is(c, PARAM_mynetworks_style, "host"));
	list = config_list(c, PARAM_mydestination);
	assert_int_equal(list.count, 5);
	assert_str_is(list.items[0], "a");
	assert_str_is(list.items[2], "c");
	assert_str_is(list.items[3], "d e");
	assert_str_is(list.items[4], "inline:{x=y, z=w}");
	assert_int_equal(config_list(c, PARAM_relay_domains).count, 0);
	assert_int_equal(
	    config_each_int(c, PARAM_transport_destination_recipient_limit, "smtp"), 7);
	assert_int_equal(config_each_int(c, PARAM_transport_destination_recipient_limit, "foo"), 9);
	assert_int_equal(
	    config_each_int(c, PARAM_transport_destination_recipient_limit, "local"), 1);
	assert_int_equal(config_each_int(c, PARAM_transport_destination_recipient_limit, "x"), 50);
	assert_true(config_each_time(c, PARAM_transport_time_limit, "foo") == 2 * TICKS_HOUR);
	assert_true(config_each_time(c, PARAM_transport_time_limit, "x") == 1000 * TICKS_SECOND);
	assert_string_equal(config_each_text(c, PARAM_transport_time_limit, "foo"), "2h");
	assert_null(config_lookup(c, "nosuch"));
	assert_string_equal(config_lookup(c, "x_time_limit"), "1000s");
	config_free(c);
}

static void
test_overrides(void **state)
{
	static const struct config_override overrides[] = {
		{ "smtpd_timeout", "$mine" },
		{ "mine", "7s" },
		{ "smtpd_timeout", " 9s " },
		{ "process_name", "fake" },
	};
	static const struct config_override bad = { "a b", "c" }, worse = { "smtpd_timeout", "x" };
	struct heard *h = *state;
	struct config *c = load(h, "smtpd_timeout = 1s\nmine = 2s\n", overrides, 2);

	assert_non_null(c);
	assert_true(config_time(c, PARAM_smtpd_timeout) == 7 * TICKS_SECOND);
	config_free(c);
	c = load(h, "smtpd_timeout = 1s\n", overrides, 4);
	assert_non_null(c);
	assert_true(config_time(c, PARAM_smtpd_timeout) == 9 * TICKS_SECOND);
	assert_string_equal(config_text(c, PARAM_process_name), "smtpd");
	config_free(c);
	assert_null(load(h, "", &bad, 1));
	assert_string_equal(
	    buf_text(&h->text), "E option -o: \"a b\" cannot be the name of a parameter\n");
	assert_null(load(h, "", &worse, 1));
	assert_string_equal(buf_text(&h->text), "E option -o smtpd_timeout: smtpd_timeout: \"x\" "
	                                        "is not a time: a number and one of s m h "
	                                        "d w\n");
}

static void
test_mistakes_name_file_and_line(void **state)
{
	static const struct {
		const char *name, *main_cf, *report;
		bool loads;
	} rows[] = {
		{ "no equals sign", "\n\nfoo bar\n",
		    "E DIR/main.cf, line 3: \"=\" expected after the name in \"foo bar\"\n",
		    false },
		{ "blank in the name", "foo bar = x\n",
		    "E DIR/main.cf, line 1: \"=\" expected after the name in \"foo bar = x\"\n",
		    false },
		{ "no name", "= x\n",
		    "E DIR/main.cf, line 1: a name expected before \"=\" in \"= x\"\n", false },
		{ "bad name", "a/b = x\n",
		    "E DIR/main.cf, line 1: \"a/b\" cannot be the name of a parameter\n", false },
		{ "first line is a continuation", "# x\n\n a = b\n",
		    "E DIR/main.cf, line 3: the line begins with a blank, and there is none before "
		    "it to "
		    "continue\n",
		    false },
		{ "bool", "soft_bounce = maybe\n",
		    "E DIR/main.cf, line 1: soft_bounce: \"maybe\" is neither yes nor no\n",
		    false },
		{ "number", "hopcount_limit = 5x\n",
		    "E DIR/main.cf, line 1: hopcount_limit: \"5x\" is not a number\n", false },
		{ "negative", "hopcount_limit = -5\n",
		    "E DIR/main.cf, line 1: hopcount_limit: \"-5\" is not a number\n", false },
		{ "bytes", "message_size_limit = 10M\n",
		    "E DIR/main.cf, line 1: message_size_limit: \"10M\" is not a number of bytes\n",
		    false },
		{ "range", "\nhopcount_limit = 0\n",
		    "E DIR/main.cf, line 2: hopcount_limit: \"0\" is out of range: at least 1\n",
		    false },
		{ "beyond 64 bits", "hopcount_limit = 99999999999999999999\n",
		    "E DIR/main.cf, line 1: hopcount_limit: \"99999999999999999999\" is out of "
		    "range: at "
		    "least 1\n",
		    false },
		{ "range with both ends", "relay_domains_reject_code = 600\n",
		    "E DIR/main.cf, line 1: relay_domains_reject_code: \"600\" is out of range: "
		    "400 to "
		    "599\n",
		    false },
		{ "time", "max_idle = 5y\n",
		    "E DIR/main.cf, line 1: max_idle: \"5y\" is not a time: a number and one of s "
		    "m h d w\n",
		    false },
		{ "time range", "max_idle = 0\n",
		    "E DIR/main.cf, line 1: max_idle: \"0\" is out of range: at least 1s\n",
		    false },
		{ "empty number", "max_idle =\n",
		    "E DIR/main.cf, line 1: max_idle: \"\" is not a time: a number and one of s m "
		    "h d w\n",
		    false },
		{ "empty name", "mail_name = $nosuch\n",
		    "E DIR/main.cf, line 1: mail_name: it must not be empty\n", false },
		{ "word", "mynetworks_style = all\n",
		    "E DIR/main.cf, line 1: mynetworks_style: \"all\" is not one of: host subnet "
		    "class\n",
		    false },
		{ "list", "mydestination = a {b\n",
		    "E DIR/main.cf, line 1: mydestination: \"{\" without \"}\" in \"{b\"\n",
		    false },
		{ "list, closing", "mydestination = a} b\n",
		    "E DIR/main.cf, line 1: mydestination: \"}\" without \"{\" in \"a} b\"\n",
		    false },
		{ "list, after a brace", "mydestination = {a}b\n",
		    "E DIR/main.cf, line 1: mydestination: blank or comma expected after \"}\" in "
		    "\"{a}b\"\n",
		    false },
		{ "expansion", "mail_name = a ${b\n",
		    "E DIR/main.cf, line 1: mail_name: \"{\" without \"}\" in \"{b\"\n", false },
		{ "user-defined, expansion", "a = $\n",
		    "E DIR/main.cf, line 1: a: a name after \"$\" expected at the end\n", false },
		{ "every mistake", "soft_bounce = x\nhopcount_limit = y\n",
		    "E DIR/main.cf, line 1: soft_bounce: \"x\" is neither yes nor no\n"
		    "E DIR/main.cf, line 2: hopcount_limit: \"y\" is not a number\n",
		    false },
		{ "member of a family", "x_destination_recipient_limit = y\n",
		    "E DIR/main.cf, line 1: x_destination_recipient_limit: \"y\" is not a number\n",
		    false },
		{ "refused", "smtpd_per_record_deadline = yes\n",
		    "E DIR/main.cf, line 1: smtpd_per_record_deadline is not supported: Use "
		    "smtpd_per_request_deadline, which also covers slow replies.\n",
		    false },
		{ "set twice", "mail_name = A\nmail_name = B\n",
		    "W DIR/main.cf, line 2: mail_name is set here again; what line 1 says has no "
		    "effect\n",
		    true },
		{ "read-only", "process_id = 1\n",
		    "W DIR/main.cf, line 1: process_id cannot be set; the line has no effect\n",
		    true },
		{ "without effect, bad", "smtp_tls_loglevel = x\n",
		    "W DIR/main.cf, line 1: smtp_tls_loglevel: \"x\" is not a number\n", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct heard *h = *state;
		struct config *c = load(h, rows[i].main_cf, NULL, 0);

		if ((c != NULL) != rows[i].loads || strcmp(buf_text(&h->text), rows[i].report) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&h->text));
		config_free(c);
	}
}

static void
test_loops_are_found(void **state)
{
	static const struct {
		const char *name, *main_cf, *part;
	} rows[] = {
		{ "itself", "mail_name = x $mail_name\n", "mail_name needs mail_name: a loop" },
		{ "two", "mail_name = $a\na = $mail_name\n",
		    "mail_name needs a needs mail_name: a loop" },
		{ "host and domain", "myhostname = mail.$mydomain\n",
		    "myhostname needs mydomain needs myhostname: a loop" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct heard *h = *state;

		assert_null(load(h, rows[i].main_cf, NULL, 0));
		if (strstr(buf_text(&h->text), rows[i].part) == NULL)
			fail_msg("%s: %s", rows[i].name, buf_text(&h->text));
	}
}

/* Each line doubles the one after it: 2^40 expansions, if names were expanded at each use. */
static void
test_doubling_names_end_soon(void **state)
{
	AUTO(buf) text = BUF_INIT(100000);
	struct heard *h = *state;
	struct config *c;

	for (int i = 0; i < 40; i++)
		assert_int_equal(buf_addf(&text, "a%d = $a%d$a%d\n", i, i + 1, i + 1), 0);
	c = load(h, buf_text(&text), NULL, 0);
	assert_non_null(c);
	assert_string_equal(config_lookup(c, "a0"), "");
	config_free(c);
	assert_int_equal(buf_add(&text, STR("a40 = xxxxxxxxxxxxxxxx\n")), 0);
	assert_null(load(h, buf_text(&text), NULL, 0));
	assert_non_null(strstr(buf_text(&h->text), "longer than 1048576 bytes"));
}

static void
test_long_chains_end(void **state)
{
	AUTO(buf) text = BUF_INIT(100000);
	struct heard *h = *state;

	for (int i = 0; i < 200; i++)
		assert_int_equal(buf_addf(&text, "a%d = $a%d\n", i, i + 1), 0);
	assert_null(load(h, buf_text(&text), NULL, 0));
	assert_non_null(strstr(buf_text(&h->text), "more than 100 names refer to each other"));
}

static void
test_missing_file(void **state)
{
	struct heard *h = *state;
	struct config_source source = { .directory = "/nonexistent" };

	buf_clear(&h->text);
	assert_null(config_load(&source, hear, h));
	assert_non_null(strstr(buf_text(&h->text), "E cannot read /nonexistent/main.cf: "));
}

/* --- Names --------------------------------------------------------------------------------- */

static void
test_nearest(void **state)
{
	static const struct {
		const char *name, *nearest;
	} rows[] = {
		{ "smtpd_baner", "smtpd_banner" },
		{ "smtpd_abnner", "smtpd_banner" },
		{ "mynetwork", "mynetworks" },
		{ "my_destination", "mydestination" },
		{ "mesage_size_limt", "message_size_limit" },
		{ "zork", NULL },
		{ "x", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got = param_nearest(str_of(rows[i].name));

		if ((got == NULL) != (rows[i].nearest == NULL) ||
		    (got != NULL && strcmp(got, rows[i].nearest) != 0))
			fail_msg("%s: %s", rows[i].name, got);
	}
}

static void
test_families(void **state)
{
	static const struct {
		const char *name, *family, *member;
	} rows[] = {
		{ "smtp_time_limit", "transport_time_limit", "smtp" },
		{ "a_destination_recipient_limit", "transport_destination_recipient_limit", "a" },
		{ "a_recipient_limit", "transport_recipient_limit", "a" },
		{ "smtp_workers", "service_workers", "smtp" },
		{ "_time_limit", NULL, NULL },
		{ "time_limit", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str member = STR_NONE;
		enum param_id id = param_find_family(str_of(rows[i].name), &member);

		if (rows[i].family == NULL) {
			assert_true(id == PARAM_COUNT);
			continue;
		}
		assert_true(id != PARAM_COUNT);
		assert_string_equal(param_at(id)->name, rows[i].family);
		assert_str_is(member, rows[i].member);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_default_fits_its_row),
		cmocka_unit_test(test_families_and_members_have_one_type),
		cmocka_unit_test(test_every_default_can_be_loaded),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_typed_values),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_mistakes_name_file_and_line),
		cmocka_unit_test(test_loops_are_found),
		cmocka_unit_test(test_doubling_names_end_soon),
		cmocka_unit_test(test_long_chains_end),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_families),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
