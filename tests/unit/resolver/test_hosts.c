/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "services/resolver/hosts.h"

/* All records of a text, each with a blank after it. */
static void
list_records(struct str text, struct buf *out)
{
	AUTO(buf) record = BUF_INIT(HOSTS_RECORD_MAX);
	struct hosts h;

	hosts_init(&h, text);
	while (hosts_next(&h)) {
		assert_int_equal(hosts_forward(&h, &record), 0);
		assert_int_equal(buf_addf(out, "[%s]", buf_text(&record)), 0);
		assert_int_equal(hosts_reverse(&h, &record), 0);
		if (h.is_first)
			assert_int_equal(buf_addf(out, "[%s]", buf_text(&record)), 0);
	}
}

static void
test_lines(void **state)
{
	static const struct {
		const char *line, *records;
	} rows[] = {
		{ "192.0.2.1 mail.example mail",
		    "[mail.example. A 192.0.2.1][1.2.0.192.in-addr.arpa. PTR mail.example.]"
		    "[mail. A 192.0.2.1]" },
		{ "\t192.0.2.1\t  mail # ours\r",
		    "[mail. A 192.0.2.1][1.2.0.192.in-addr.arpa. PTR mail.]" },
		{ "2001:db8::1 a\n192.0.2.2 b",
		    "[a. AAAA "
		    "2001:db8::1][1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1."
		    "0.0.2.ip6.arpa. PTR a.][b. A 192.0.2.2][2.2.0.192.in-addr.arpa. PTR b.]" },
		{ "192.0.2.1 a\\b c..d ok", "[ok. A 192.0.2.1][1.2.0.192.in-addr.arpa. PTR ok.]" },
		{ "# 192.0.2.1 mail", "" },
		{ "192.0.2.1", "" },
		{ "192.0.2.1 # mail\n192.0.2.1\n\n", "" },
		{ "192.0.2 mail", "" },
		{ "mail 192.0.2.1", "" },
		{ "192.0.2.1 a. .", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) records = BUF_INIT((size_t)4096);

		list_records(str_of(rows[i].line), &records);
		assert_str_is(buf_str(&records), rows[i].records);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
