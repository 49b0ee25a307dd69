/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/base/err.h"
#include "local/names.h"

static void
test_expansion(void **state)
{
	static const struct {
		const char *name;
		const char *local;
		const char *text;
		const char *allowed;
		const char *expanded; /* or the words of the failure */
	} rows[] = {
		{ "all", "bob+x", "$user $home $shell $recipient $local $domain", NULL,
		    "bob /h /s bob+x@d bob+x d" },
		{ "extension", "bob+x", "$user$recipient_delimiter$extension", NULL, "bob+x" },
		{ "no extension", "bob", "$user$recipient_delimiter$extension", NULL, "bob" },
		{ "old name", "bob+x", "$mailbox", NULL, "bob+x" },
		{ "choices", "bob", "${extension?with}${extension:without}", NULL, "without" },
		{ "filter", "b'o`b+$x", "$local", "bo+x", "b_o_b+_x" },
		{ "the text is not filtered", "bob", "a`$user", "bo", "a`bob" },
		{ "a value is not expanded", "$home", "$user", NULL, "$home" },
		{ "nor in a filter", "${home}", "$user", "$home", "$_home_" },
		{ "dollar", "bob", "$$user", NULL, "$user" },
		{ "no such name", "bob", "$uid", NULL, "there is no \"$uid\" here" },
		{ "no name", "bob", "$", NULL, "a name after \"$\" expected at the end" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(200);
		struct address a = { .local = str_of(rows[i].local), .domain = STR("d") };
		char recipient[100];
		struct names n;
		struct why why = WHY_INIT;
		int result;

		snprintf(recipient, sizeof(recipient), "%s@d", rows[i].local);
		names_of(&a, str_of(recipient), "+", &n);
		n.home = STR("/h");
		n.shell = STR("/s");
		result = names_expand(&n, rows[i].text, rows[i].allowed, &out, &why);
		if (strcmp(result < 0 ? why.text : buf_text(&out), rows[i].expanded) != 0)
			fail_msg("%s: %s", rows[i].name, result < 0 ? why.text : buf_text(&out));
	}
}

static void
test_bounds(void **state)
{
	static char local[5000];
	struct names n = { .user = { local, sizeof(local) } };
	AUTO(buf) small = BUF_INIT(3);
	struct why why = WHY_INIT;

	(void)state;
	memset(local, 'x', sizeof(local));
	assert_int_equal(names_expand(&n, "$user", NULL, &small, &why), ERR_TOO_LONG);
	n.user.n = 4;
	assert_int_equal(names_expand(&n, "$user", NULL, &small, &why), ERR_TOO_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expansion),
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
