/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_SMTPD_ROWS_H
#define TESTS_SIM_SMTPD_ROWS_H

#include "tests/sim/smtpd_scene.h"

/* Rows of script and log, and the pieces that most of them begin and end with. */
#define CLIENT  "unknown[198.51.100.7]"
#define CONNECT "connect from " CLIENT "\n"
#define LEAVE   "disconnect from " CLIENT " "
#define GREET   "S: 220 mx.example.com ESMTP Postroad\n"
#define EHLO                                 \
	GREET "C: EHLO client.example\n"     \
	      "S: 250-mx.example.com\n"      \
	      "S: 250-PIPELINING\n"          \
	      "S: 250-SIZE 10240000\n"       \
	      "S: 250-VRFY\n"                \
	      "S: 250-ENHANCEDSTATUSCODES\n" \
	      "S: 250-8BITMIME\n"            \
	      "S: 250-DSN\n"                 \
	      "S: 250-SMTPUTF8\n"            \
	      "S: 250 CHUNKING\n"
#define MAIL EHLO "C: MAIL FROM:<s@x.y>\nS: 250 2.1.0 Ok\n"
#define RCPT MAIL "C: RCPT TO:<a@example.com>\nS: 250 2.1.5 Ok\n"
#define DATA RCPT "C: DATA\nS: 354 End data with <CR><LF>.<CR><LF>\n"
#define QUIT "C: QUIT\nS: 221 2.0.0 Bye\nclosed\n"

struct row {
	const char *name;
	const char *main_cf;
	const char *script;
	const char *log;
	struct cleanup_plan plan;
};

/* The log must be as the row has it, to the letter: an unexpected line fails the test. */

static inline void
act_row(struct scene *sc)
{
	const struct row *row = sc->arg;

	sc->plan = row->plan;
	scene_connect(sc);
	scene_play(sc, row->script);
	scene_leave(sc);
	if (!str_equal(buf_str(&sc->log), str_of(row->log)))
		fail_msg("%s: the log is\n%s", row->name, buf_text(&sc->log));
}

static inline void
play_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct row row = rows[i];

		print_message("    %s\n", row.name);
		scene_run(row.main_cf, 1, act_row, &row);
	}
}

#endif
