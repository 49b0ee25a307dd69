/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_ACCESS_ASK_H
#define TESTS_UNIT_ACCESS_ASK_H

#include "lib/access/rehearsal.h"
#include "lib/run/run.h"
#include "tests/unit/table/with_config.h"

/* Questions to access control, as rows: what is in main.cf and said, and what is answered. */
struct ask_row {
	const char *name;
	const char *main_cf;
	const char *helo;          /* NULL: "client.example.org" */
	const char *sender;        /* NULL: "a@sender.example" */
	const char *recipient;     /* NULL: "known@example.com" */
	const char *answer;        /* of the reply; "permit" */
	const char *notes;         /* "hold: …\n"; NULL: none but the refusal */
	enum rehearsal_stage last; /* 0: REHEARSAL_RCPT */
	const char *client;        /* NULL: "203.0.113.7" */
};

static const char ask_base[] = "myhostname = mail.example.net\n"
                               "mydestination = local.example\n"
                               "local_recipient_maps = inline:{root=x}\n"
                               "virtual_mailbox_domains = example.com\n"
                               "virtual_mailbox_maps = inline:{known@example.com=x}\n"
                               "virtual_alias_domains = alias.example\n"
                               "virtual_alias_maps = inline:{a@alias.example=x}\n"
                               "relay_domains = relay.example\n"
                               "relay_recipient_maps = inline:{in@relay.example=x}\n"
                               "mynetworks = 198.51.100.0/24\n"
                               "recipient_delimiter = +\n"
                               "parent_domain_matches_subdomains = smtpd_access_maps\n";

struct ask_state {
	const struct ask_row *rows;
	size_t count;
};

static struct buf ask_notes;

static inline void
ask_note(void *context, const char *action, struct str words)
{
	(void)context;
	assert_int_equal(buf_addf(&ask_notes, "%s: %.*s\n", action, STR_ARG(words)), 0);
}

static inline void
ask_report(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	(void)text;
}

static inline const char *
ask_or(const char *text, const char *usual)
{
	return text != NULL ? text : usual;
}

static inline void
ask_check(const struct ask_row *row, bool passes, const struct reply *reply)
{
	AUTO(buf) words = BUF_INIT(10000);
	AUTO(buf) notes = BUF_INIT(10000);

	if (passes)
		assert_int_equal(buf_add(&words, STR("permit")), 0);
	else
		assert_int_equal(reply_words(reply, &words), 0);
	if (strcmp(buf_text(&words), row->answer) != 0)
		fail_msg("%s: %s", row->name, buf_text(&words));
	assert_int_equal(buf_addf(&notes, "%s", ask_or(row->notes, "")), 0);
	if (!passes)
		assert_int_equal(buf_addf(&notes, "reject: %s\n", row->answer), 0);
	if (strcmp(buf_text(&ask_notes), buf_text(&notes)) != 0)
		fail_msg("%s: notes:\n%s", row->name, buf_text(&ask_notes));
}

PARKS static inline void
ask_one(const struct ask_row *row)
{
	struct rehearsal_question q = { .client = ask_or(row->client, "203.0.113.7"),
		.name = "unknown",
		.helo = ask_or(row->helo, "client.example.org"),
		.sender = ask_or(row->sender, "a@sender.example"),
		.recipient = ask_or(row->recipient, "known@example.com"),
		.last = row->last != REHEARSAL_CONNECT ? row->last : REHEARSAL_RCPT,
		.note = ask_note };
	struct why why = WHY_INIT;
	struct rehearsal r;
	struct reply reply;
	struct config *c;
	char text[4000];
	bool passes;

	snprintf(text, sizeof(text), "%s%s", ask_base, row->main_cf);
	c = with_config(text);
	assert_non_null(c);
	if (rehearsal_open(&r, c, ask_report, NULL, &why) < 0)
		fail_msg("%s: %s", row->name, why.text);
	buf_init(&ask_notes, 10000);
	passes = rehearsal_ask(&r, &q, NULL, &reply);
	ask_check(row, passes, &reply);
	buf_drop(&ask_notes);
	rehearsal_close(&r);
	config_free(c);
}

PARKS static inline void
ask_each(void *arg)
{
	const struct ask_state *s = arg;

	for (size_t i = 0; i < s->count; i++)
		ask_one(&s->rows[i]);
}

static inline void
ask_rows(const struct ask_row *rows, size_t count)
{
	struct ask_state s = { rows, count };

	assert_int_equal(run_init(&(struct run_options){ .simulated = true }), 0);
	assert_int_equal(run_main(ask_each, &s), 0);
	run_drop();
}

#endif
