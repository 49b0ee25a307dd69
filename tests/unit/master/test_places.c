/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "master/places.h"
#include "tests/unit/master/config_folder.h"

static void
see_nothing_wrong(void *context, bool is_error, const char *text)
{
	(void)context;
	if (is_error)
		fail_msg("%s", text);
}

static struct config *
load(const char *main_cf)
{
	struct config_source source = { .directory = config_folder, .program = "master" };
	struct config *c;

	config_folder_write("main.cf", main_cf);
	c = config_load(&source, see_nothing_wrong, NULL);
	assert_non_null(c);
	return c;
}

/* The texts of the places, a blank after each; '?' after one that may be missing. */
static void
list_places(const struct plan_place *places, size_t count, char text[512])
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(
		    text + n, 512 - n, "%s%s ", places[i].text, places[i].may_miss ? "?" : "");
}

static const struct {
	const char *name, *main_cf, *host, *port, *want;
} rows[] = {
	{ "all", "", "", "25", "0.0.0.0:25 [::]:25? " },
	{ "loopback", "inet_interfaces = loopback-only\n", "", "25", "127.0.0.1:25 [::1]:25? " },
	{ "ipv4", "inet_protocols = ipv4\n", "", "25", "0.0.0.0:25 " },
	{ "ipv6 alone must be there", "inet_protocols = ipv6\n", "", "25", "[::]:25 " },
	{ "both, said twice", "inet_protocols = ipv4, ipv6, all\n", "", "25",
	    "0.0.0.0:25 [::]:25? " },
	{ "addresses", "inet_interfaces = 192.0.2.1, [2001:db8::1] 192.0.2.1\n", "", "25",
	    "192.0.2.1:25 [2001:db8::1]:25? " },
	{ "host in the name", "inet_interfaces = 192.0.2.1\n", "127.0.0.1", "2525",
	    "127.0.0.1:2525 " },
	{ "v6 host in the name", "", "::1", "2525", "[::1]:2525 " },
	{ "known port", "", "127.0.0.1", "smtp", "127.0.0.1:25 " },
	{ "second name of a known port", "", "127.0.0.1", "submissions", "127.0.0.1:465 " },
	{ "own name of a port", "known_tcp_ports = a=1, mine=other=2626\n", "127.0.0.1", "other",
	    "127.0.0.1:2626 " },
	{ "highest port", "", "127.0.0.1", "65535", "127.0.0.1:65535 " },
};

static void
test_addresses_and_ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct master_entry entry = {
			.type = MASTER_INET, .host = rows[i].host, .port = rows[i].port
		};
		AUTO(arena) a = ARENA_INIT((size_t)1024 * 1024);
		struct config *c = load(rows[i].main_cf);
		const struct plan_place *places = NULL;
		struct why why = WHY_INIT;
		size_t count = 0;
		char text[512];

		if (places_find(c, &entry, &a, &places, &count, &why) < 0)
			fail_msg("%s: %s", rows[i].name, why.text);
		list_places(places, count, text);
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].name, text);
		config_free(c);
	}
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *main_cf, *host, *port, *words;
		int error;
	} mistakes[] = {
		{ "", "127.0.0.1", "nosuchport", "there is no TCP port \"nosuchport\"",
		    ERR_UNKNOWN },
		{ "", "127.0.0.1", "0", "there is no TCP port \"0\"", ERR_UNKNOWN },
		{ "", "127.0.0.1", "65536", "there is no TCP port \"65536\"", ERR_UNKNOWN },
		{ "inet_protocols = ipv4\n", "::1", "25",
		    "no address is left by inet_interfaces and inet_protocols", ERR_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		const struct master_entry entry = {
			.type = MASTER_INET, .host = mistakes[i].host, .port = mistakes[i].port
		};
		AUTO(arena) a = ARENA_INIT((size_t)1024 * 1024);
		struct config *c = load(mistakes[i].main_cf);
		const struct plan_place *places = NULL;
		struct why why = WHY_INIT;
		size_t count = 0;

		assert_int_equal(
		    places_find(c, &entry, &a, &places, &count, &why), mistakes[i].error);
		assert_string_equal(why.text, mistakes[i].words);
		config_free(c);
	}
}

static void
test_unix_sockets(void **state)
{
	struct master_entry entry = { .type = MASTER_UNIX, .name = "cleanup", .is_private = true };
	char long_name[120];
	AUTO(arena) a = ARENA_INIT((size_t)1024 * 1024);
	struct config *c = load("");
	const struct plan_place *places = NULL;
	struct why why = WHY_INIT;
	size_t count = 0;

	(void)state;
	assert_int_equal(places_find(c, &entry, &a, &places, &count, &why), 0);
	assert_int_equal(count, 1);
	assert_string_equal(places[0].path, "private/cleanup");
	entry.is_private = false;
	assert_int_equal(places_find(c, &entry, &a, &places, &count, &why), 0);
	assert_string_equal(places[0].path, "public/cleanup");
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	entry.name = long_name;
	assert_int_equal(places_find(c, &entry, &a, &places, &count, &why), ERR_TOO_LONG);
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_and_ports),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_unix_sockets),
	};

	return cmocka_run_group_tests(tests, config_folder_make, config_folder_remove);
}
