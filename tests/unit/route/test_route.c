/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/with_config.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/route/route.h"
#include "lib/table/index_build.h"

static const char main_cf[] =
    "myhostname = mail.example\n"
    "mydestination = $myhostname, local.example, both.example\n"
    "proxy_interfaces = 192.0.2.99\n"
    "local_recipient_maps = unix:passwd.byname, inline:{alice=x, bob@local.example=x}\n"
    "virtual_alias_domains = alias.example, both.example\n"
    "virtual_alias_maps = inline:{known@alias.example=x}\n"
    "virtual_mailbox_domains = inline:{virtual.example=x}, other.example\n"
    "virtual_mailbox_maps = inline:{user@virtual.example=x, @other.example=x}\n"
    "virtual_transport = discard:\n"
    "relay_domains = relay.example\n"
    "relay_recipient_maps = inline:{in@relay.example=x}\n"
    "recipient_delimiter = +\n";

static const char *const class_names[] = { "local", "alias", "mailbox", "relay", "default" };

static struct router *
make(const char *text, struct config **c)
{
	struct why why = WHY_INIT;
	struct router *r;

	*c = with_config(text);
	assert_non_null(*c);
	r = router_new(*c, &why);
	if (r == NULL)
		fail_msg("%s", why.text);
	return r;
}

static void
test_classes_and_recipients(void **state)
{
	static const struct {
		const char *local, *domain;
		const char *class_;
		int exists;
	} rows[] = {
		{ "alice", "mail.example", "local", 1 },
		{ "Alice", "local.example", "local", 1 },
		{ "alice+list", "local.example", "local", 1 },
		{ "alice", "", "local", 1 },
		{ "bob", "local.example", "local", 1 },
		{ "bob", "mail.example", "local", 0 },
		{ "root", "mail.example", "local", 1 },
		{ "nobody here", "mail.example", "local", 0 },
		{ "alice", "both.example", "local", 1 },
		{ "Postmaster", "", "local", 1 },
		{ "postmaster", "local.example", "local", 1 },
		{ "postmaster+x", "local.example", "local", 0 },
		{ "alice", "[127.0.0.1]", "local", 1 },
		{ "alice", "[192.0.2.99]", "local", 1 },
		{ "alice", "[IPv6:::1]", "local", 1 },
		{ "alice", "[192.0.2.98]", "default", 1 },
		{ "alice", "[nonsense]", "default", 1 },
		{ "alice", "127.0.0.1", "default", 1 },
		{ "alice", "sub.local.example", "default", 1 },
		{ "known", "alias.example", "alias", 1 },
		{ "known+x", "alias.example", "alias", 1 },
		{ "unknown", "alias.example", "alias", 0 },
		{ "postmaster", "alias.example", "alias", 0 },
		{ "user", "virtual.example", "mailbox", 1 },
		{ "user+a+b", "VIRTUAL.example", "mailbox", 1 },
		{ "nouser", "virtual.example", "mailbox", 0 },
		{ "anyone", "other.example", "mailbox", 1 },
		{ "alice", "virtual.example", "mailbox", 0 },
		{ "in", "relay.example", "relay", 1 },
		{ "out", "relay.example", "relay", 0 },
		{ "in", "sub.relay.example", "relay", 0 },
		{ "x", "elsewhere.example", "default", 1 },
	};
	struct config *c;
	struct router *r = make(main_cf, &c);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a = { .local = str_of(rows[i].local),
			.domain = str_of(rows[i].domain) };
		enum route_class class_, again;
		struct why why = WHY_INIT;
		int exists = route_recipient_exists(r, &a, &class_, TICKS_NEVER, &why);

		if (exists != rows[i].exists || strcmp(class_names[class_], rows[i].class_) != 0)
			fail_msg("%s@%s: %d, %s, %s", rows[i].local, rows[i].domain, exists,
			    class_names[class_], why.text);
		assert_int_equal(route_classify(r, a.domain, &again, TICKS_NEVER, &why), 0);
		assert_int_equal(again, class_);
	}
	router_free(r);
	config_free(c);
}

static void
test_without_lists_of_recipients(void **state)
{
	static const struct {
		const char *domain;
		int exists;
	} rows[] = {
		{ "local.example", 1 },
		{ "alias.example", 0 },
		{ "virtual.example", 1 },
		{ "relay.example", 1 },
	};
	struct config *c;
	struct router *r =
	    make("myhostname = mail.example\nmydestination = local.example\n"
	         "virtual_alias_domains = alias.example\nrelay_domains = relay.example\n"
	         "virtual_mailbox_domains = virtual.example\nlocal_recipient_maps =\n",
	        &c);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a = { .local = STR("any"), .domain = str_of(rows[i].domain) };
		enum route_class class_;
		struct why why;

		if (route_recipient_exists(r, &a, &class_, TICKS_NEVER, &why) != rows[i].exists)
			fail_msg("%s", rows[i].domain);
	}
	router_free(r);
	config_free(c);
}

/* Whatever rewrites an address makes it one that exists. */
static void
test_rewritten(void **state)
{
	static const struct {
		const char *local, *domain;
		int recipient, sender;
	} rows[] = {
		{ "plain", "local.example", 0, 0 },
		{ "both", "local.example", 1, 1 },
		{ "in", "local.example", 1, 1 },
		{ "out", "local.example", 0, 1 },
		{ "alias", "local.example", 1, 1 },
		{ "alias+x", "local.example", 1, 1 },
		{ "any", "all.example", 1, 1 },
		{ "double-bounce", "local.example", 1, 1 },
		{ "mailer-daemon", "local.example", 1, 1 },
		{ "mailer-daemon", "v.example", 0, 0 },
		{ "both", "v.example", 0, 0 },
	};
	struct config *c;
	struct router *r =
	    make("myhostname = mail.example\nmydestination = local.example\n"
	         "virtual_mailbox_domains = v.example, all.example\n"
	         "virtual_mailbox_maps = inline:{x=y}\nlocal_recipient_maps = inline:{x=y}\n"
	         "recipient_delimiter = +\n"
	         "canonical_maps = inline:{both=x}\nrecipient_canonical_maps = inline:{in=x}\n"
	         "sender_canonical_maps = inline:{out=x}\n"
	         "virtual_alias_maps = inline:{alias@local.example=x, @all.example=x}\n",
	        &c);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a = { .local = str_of(rows[i].local),
			.domain = str_of(rows[i].domain) };
		enum route_class class_;
		struct why why = WHY_INIT;

		if (route_recipient_exists(r, &a, &class_, TICKS_NEVER, &why) !=
		        rows[i].recipient ||
		    route_sender_exists(r, &a, &class_, TICKS_NEVER, &why) != rows[i].sender)
			fail_msg("%s@%s", rows[i].local, rows[i].domain);
	}
	router_free(r);
	config_free(c);
}

static void
test_resolve(void **state)
{
	static const struct {
		const char *domain;
		const char *transport, *nexthop;
	} rows[] = {
		{ "local.example", "local", "mail.example" },
		{ "", "local", "mail.example" },
		{ "[127.0.0.1]", "local", "mail.example" },
		{ "virtual.example", "discard", "virtual.example" },
		{ "alias.example", "error",
		    "5.1.1 there is no such user in the virtual alias table" },
		{ "relay.example", "relay", "relay.example" },
		{ "elsewhere.example", "smtp", "elsewhere.example" },
	};
	struct config *c;
	struct router *r = make(main_cf, &c);
	struct route route;

	(void)state;
	route_init(&route);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a = { .local = STR("any"), .domain = str_of(rows[i].domain) };
		struct why why = WHY_INIT;

		assert_int_equal(route_resolve(r, &a, &route, TICKS_NEVER, &why), 0);
		if (strcmp(buf_text(&route.transport), rows[i].transport) != 0 ||
		    strcmp(buf_text(&route.nexthop), rows[i].nexthop) != 0)
			fail_msg("%s: %s:%s", rows[i].domain, buf_text(&route.transport),
			    buf_text(&route.nexthop));
	}
	route_drop(&route);
	router_free(r);
	config_free(c);
}

static void
test_a_transport_beyond_the_bound(void **state)
{
	struct address a = { .local = STR("any"), .domain = STR("local.example") };
	struct why why = WHY_INIT;
	struct config *c;
	struct router *r =
	    make("myhostname = m.example\nmydestination = local.example\n"
	         "local_recipient_maps =\nlocal_transport = "
	         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:x\n",
	        &c);
	struct route route;

	(void)state;
	route_init(&route);
	assert_int_equal(route_resolve(r, &a, &route, TICKS_NEVER, &why), ERR_TOO_LONG);
	assert_non_null(strstr(why.text, "is too long"));
	route_drop(&route);
	router_free(r);
	config_free(c);
}

static void
test_what_cannot_be_opened(void **state)
{
	static const struct {
		const char *line;
		const char *words;
	} rows[] = {
		{ "mydestination = nis:x", "mydestination: nis:x" },
		{ "virtual_mailbox_domains = /no/such", "virtual_mailbox_domains: /no/such" },
		{ "proxy_interfaces = proxy.example", "proxy_interfaces: \"proxy.example\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why why = WHY_INIT;
		struct config *c;
		char text[300];

		snprintf(text, sizeof(text), "myhostname = m.example\nlocal_recipient_maps =\n%s\n",
		    rows[i].line);
		c = with_config(text);
		assert_null(router_new(c, &why));
		if (strstr(why.text, rows[i].words) == NULL)
			fail_msg("%s: %s", rows[i].line, why.text);
		config_free(c);
	}
	router_free(NULL);
}

static const char *noticed;

static void
see_notice(const char *table, const char *words)
{
	assert_string_equal(table, "hash:/no/such");
	noticed = words;
}

static void
test_a_missing_table_makes_its_recipients_wait(void **state)
{
	struct config *c =
	    with_config("myhostname = m.example\nlocal_recipient_maps = hash:/no/such\n");
	struct address local = { .local = STR("u"), .domain = STR("m.example") };
	enum route_class class_ = ROUTE_RELAY;
	struct why why = WHY_INIT;
	struct router *r = router_new(c, &why);

	(void)state;
	assert_non_null(r);
	router_notices(r, see_notice);
	assert_non_null(strstr(noticed, "cannot open /no/such.db"));
	assert_true(route_recipient_exists(r, &local, &class_, TICKS_NEVER, &why) < 0);
	assert_non_null(strstr(why.text, "cannot open /no/such.db"));
	router_free(r);
	config_free(c);
}

static void
see_double(const char *table, const char *words)
{
	assert_string_equal(table, "relay_domains");
	assert_string_equal(words, "Two.Example is in mydestination already, which counts");
	noticed = words;
}

static void
test_a_domain_in_two_classes(void **state)
{
	struct config *c = with_config("myhostname = m.example\nlocal_recipient_maps =\n"
	                               "mydestination = m.example, two.example\n"
	                               "relay_domains = other.example, Two.Example\n");
	struct why why = WHY_INIT;
	struct router *r = router_new(c, &why);

	(void)state;
	assert_non_null(r);
	noticed = NULL;
	router_notices(r, see_double);
	assert_non_null(noticed);
	router_free(r);
	config_free(c);
}

static void
test_could_not_find_out(void **state)
{
	static const struct index_build_options o = { .format = &index_hash,
		.file = { .mode = 0600, .final_nul = true } };
	struct address a = { .local = STR("u"), .domain = STR("d.example") };
	struct address local = { .local = STR("u"), .domain = STR("m.example") };
	enum route_class class_ = ROUTE_RELAY;
	struct why why = WHY_INIT;
	struct index_build *b = index_build_open(scratch_path("t"), &o, &why);
	struct config *c;
	struct router *r;
	struct route route;
	char text[500];

	(void)state;
	assert_int_equal(index_build_commit(b, &why), 0);
	index_build_close(b);
	snprintf(text, sizeof(text),
	    "myhostname = m.example\nmydestination = m.example, hash:%s\n"
	    "local_recipient_maps = hash:%s\n",
	    scratch_path("t"), scratch_path("t"));
	r = make(text, &c);
	assert_int_equal(unlink(scratch_path("t.db")), 0);
	route_init(&route);
	assert_true(route_classify(r, a.domain, &class_, TICKS_NEVER, &why) < 0);
	assert_true(route_recipient_exists(r, &a, &class_, TICKS_NEVER, &why) < 0);
	assert_int_equal(class_, ROUTE_RELAY);
	assert_true(route_resolve(r, &a, &route, TICKS_NEVER, &why) < 0);
	assert_true(route_recipient_exists(r, &local, &class_, TICKS_NEVER, &why) < 0);
	route_drop(&route);
	router_free(r);
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes_and_recipients),
		cmocka_unit_test(test_without_lists_of_recipients),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_a_transport_beyond_the_bound),
		cmocka_unit_test(test_what_cannot_be_opened),
		cmocka_unit_test(test_a_missing_table_makes_its_recipients_wait),
		cmocka_unit_test(test_a_domain_in_two_classes),
		cmocka_unit_test(test_could_not_find_out),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
