/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_SENDMAIL_H
#define TOOLS_SENDMAIL_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/config/config.h"
#include "lib/ipc/message.h"

enum sendmail_mode {
	SENDMAIL_SUBMIT,  /* -bm */
	SENDMAIL_QUEUE,   /* -bp, mailq */
	SENDMAIL_ALIASES, /* -bi, newaliases */
	SENDMAIL_FLUSH,   /* -q */
	SENDMAIL_DAEMON,  /* -bd, -bl */
	SENDMAIL_SMTP,    /* -bs */
	SENDMAIL_VERIFY,  /* -bv */
	SENDMAIL_NOTHING, /* -bh, -bH */
};

/* The command line. */
struct sendmail_options {
	enum sendmail_mode mode;
	const char *directory;   /* of main.cf, as given; NULL */
	const char *sender;      /* -f; NULL: the caller */
	const char *full_name;   /* -F; NULL: what the account says */
	const char *envid;       /* -V */
	const char *flush_id;    /* -qI */
	const char *flush_site;  /* -qR */
	bool from_header;        /* -t */
	bool dot_is_text;        /* -i */
	bool body_is_8bit;       /* -B 8BITMIME, -o8 */
	bool gateway;            /* -G */
	bool utf8, no_utf8;      /* -O smtputf8=yes, =no */
	bool verbose;            /* -v */
	unsigned ret;            /* SUBMIT_RET_ bits */
	unsigned notify;         /* DSN_NOTIFY_ bits */
	char *const *recipients; /* what follows the options, up to NULL */
};

/* Ends the program when the options make no sense. */
void sendmail_options_read(struct sendmail_options *o, int argc, char **argv);

/* One message, as pickup will be told of it. */
struct outgoing {
	struct message_submit envelope;
	struct arena arena;
	struct buf content;
};

/* Reads standard input and the header; ends the program when there is no message to send. */
void outgoing_read(struct outgoing *m, const struct sendmail_options *o, const struct config *c);
void outgoing_drop(struct outgoing *m);

/*
 * To pickup, or, where it cannot take the message now, through postdrop; the exit status. verbose: says
 * what became of it.
 */
int outgoing_submit(const struct outgoing *m, const struct config *c, bool verbose);

/* -bv: shows where mail for each address would go; the exit status. */
int sendmail_verify(const struct sendmail_options *o, const struct config *c);

/* Starts another of our programs in our place; argv[0] is its name. */
NORETURN void sendmail_start(const struct config *c, enum param_id directory, char **argv);

#endif
