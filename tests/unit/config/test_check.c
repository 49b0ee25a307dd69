/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/config/check.h"

static void
hear(void *context, bool is_error, const char *text)
{
	struct buf *heard = context;

	assert_int_equal(buf_addf(heard, "%s %s\n", is_error ? "E" : "W", text), 0);
}

static void
test_judgements(void **state)
{
	static const struct {
		const char *name, *main_cf, *master_cf, *report;
	} rows[] = {
		{ "nothing wrong", "mail_name = a\n", NULL, "" },
		{ "misspelt", "mail_nmae = a\n", NULL,
		    "E /d/main.cf, line 1: unknown parameter mail_nmae; is mail_name meant?\n" },
		{ "unknown", "zork = a\n", NULL,
		    "E /d/main.cf, line 1: unknown parameter zork, and nothing refers to $zork\n" },
		{ "used", "zork = a\nmail_name = $zork\n", NULL, "" },
		{ "used in a choice", "zork = a\nmail_name = ${mydomain?{x}:{${zork}}}\n", NULL,
		    "" },
		{ "used by master.cf", "zork = a\n", "x unix - - - - - p -o mail_name=$zork\n",
		    "" },
		{ "a restriction class",
		    "smtpd_restriction_classes = a, zork\nzork = permit\na = permit\n", NULL, "" },
		{ "of a service", "foo_destination_recipient_limit = 1\n", "foo unix - - - - - p\n",
		    "" },
		{ "of no service", "foo_destination_recipient_limit = 1\n",
		    "bar unix - - - - - p\n",
		    "W /d/main.cf, line 1: foo_destination_recipient_limit has no effect: "
		    "master.cf has no service "
		    "\"foo\"\n" },
		{ "of a service, services unknown", "foo_destination_recipient_limit = 1\n", NULL,
		    "" },
		{ "undefined", "mail_name = $zork\n", NULL,
		    "W /d/main.cf, line 1: $zork has no value\n" },
		{ "undefined, misspelt", "mail_name = $mydomian\n", NULL,
		    "W /d/main.cf, line 1: $mydomian has no value; is $mydomain meant?\n" },
		{ "defined by master.cf", "mail_name = $zork\n", "x unix - - - - - p -o zork=1\n",
		    "" },
		{ "in raw text", "mailbox_command = p $user\n", NULL, "" },
		{ "comment", "mail_name = a # b\n", NULL,
		    "W /d/main.cf, line 1: what follows \"#\" is part of the value, not a "
		    "comment\n" },
		{ "comment, no blank", "mail_name = a#b #c\n", NULL, "" },
		{ "later", "qmqpd_timeout = 1\n", NULL,
		    "W /d/main.cf, line 1: qmqpd_timeout has no effect in this release\n" },
		{ "built in", "max_use = 1\n", NULL,
		    "W /d/main.cf, line 1: max_use has no effect: A Postroad process serves any "
		    "number of "
		    "clients; it needs no end after so many.\n" },
		{ "in master.cf", "", "x unix - - - - - p -o mail_nmae=x\n",
		    "E /d/master.cf, line 1: unknown parameter mail_nmae; is mail_name meant?\n" },
		{ "deprecated", "virtual_maps = hash:/x\n", NULL,
		    "W /d/main.cf, line 1: support for parameter \"virtual_maps\" will be removed; "
		    "instead, specify \"virtual_alias_maps\"\n" },
		{ "in master.cf, used there", "",
		    "x unix - - - - - p -o zork=x -o mail_name=$zork\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) got = BUF_INIT(10000);
		struct config_source source = { .directory = "/d" };
		struct settings s;
		struct master_cf m;
		size_t errors;

		settings_init(&s, &source);
		assert_int_equal(settings_read_text(&s, str_of(rows[i].main_cf), hear, &got), 0);
		if (rows[i].master_cf != NULL)
			assert_int_equal(
			    master_cf_parse("m", str_of(rows[i].master_cf), &m, hear, &got), 0);
		errors = check_settings(&s, rows[i].master_cf != NULL ? &m : NULL, hear, &got);
		if (strcmp(buf_text(&got), rows[i].report) != 0 ||
		    errors != (rows[i].report[0] == 'E'))
			fail_msg("%s: %zu %s", rows[i].name, errors, buf_text(&got));
		if (rows[i].master_cf != NULL)
			master_cf_drop(&m);
		settings_drop(&s);
	}
}

static bool
is_deprecated(const char *name)
{
	static const char *const names[] = {
#define DEPRECATED(name, instead) #name,
#include "lib/config/deprecated.def"
#undef DEPRECATED
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* Every name that a default refers to has a value. */
static void
test_defaults_refer_to_known_names(void **state)
{
	AUTO(buf) got = BUF_INIT(10000);
	AUTO(buf) text = BUF_INIT(1000000);
	struct config_source source = { .directory = "/d" };
	struct settings s;

	(void)state;
	for (size_t id = 0; id < PARAM_COUNT; id++) {
		const struct param *p = param_at((enum param_id)id);

		if (p->status == PARAM_STATUS_SUPPORTED && p->initial != NULL &&
		    strchr(p->initial, '#') == NULL && !is_deprecated(p->name))
			assert_int_equal(buf_addf(&text, "%s = %s\n", p->name, p->initial), 0);
	}
	settings_init(&s, &source);
	assert_int_equal(settings_read_text(&s, buf_str(&text), hear, &got), 0);
	check_settings(&s, NULL, hear, &got);
	assert_string_equal(buf_text(&got), "");
	settings_drop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judgements),
		cmocka_unit_test(test_defaults_refer_to_known_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
