/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_SESSION_H
#define SMTPD_SESSION_H

#include "lib/access/access.h"
#include "lib/esmtp/command.h"
#include "lib/esmtp/reply.h"
#include "smtpd/smtpd.h"
#include "smtpd/transaction.h"

/* How a session ends; what the log says about it. */
enum session_end {
	SESSION_GOES_ON,
	SESSION_ENDED,   /* QUIT; the client has too many; we stop */
	SESSION_REFUSED, /* we do not go on with such a client, or a reply closes the connection */
	SESSION_LOST,    /* the client went away */
	SESSION_TIMEOUT, /* the client did not speak, or did not listen, for too long */
	SESSION_ERRORS,  /* too many errors */
	SESSION_CANCELLED, /* we must end */
};

struct command_count {
	uint32_t all;
	uint32_t good;
};

/* One client's session. Lives on the stack of its task; what needs more room is in the arena of the
 * transaction. */
struct session {
	struct smtpd *smtpd;
	const struct config *config; /* as it was when the session began */
	struct stream *stream;
	const struct smtpd_peer *peer; /* of the claim, if there is one */
	struct claim *claim;           /* by XCLIENT; NULL: none */
	struct forward *forward;       /* by XFORWARD, for the next message; NULL: none */
	int in_mynetworks;             /* 1, 0, or negative: could not find out */
	enum dot_newline newline;
	struct client_count *client; /* NULL: it has no limits */
	const char *after;           /* the last command, for "lost connection after" */
	size_t after_bytes;          /* of content, where that was being read */
	bool is_esmtp;               /* EHLO came last */
	unsigned not_offered;        /* EHLO_ bits */
	struct buf helo;             /* what the client calls itself; empty: it has not said */
	bool saw_bare_lf;
	unsigned errors;
	unsigned junk; /* commands that do no work */
	enum session_end end;
	unsigned turns; /* commands read */
	struct command_count counts[VERB_COUNT];
	struct transaction transaction;
	struct access access;
	bool is_shown;           /* what is said goes into the log (dialogue.h) */
	bool is_denied;          /* refused when it connected: hears nothing else any more */
	struct content *content; /* of the transaction, while BDAT brings it; NULL: none */
	size_t dropped; /* bytes of content that came to nothing, since a message was taken */
};

#define SESSION_HELO_MAX 255

/* How long a table may take, before the answer is "not now". */
#define SESSION_LOOKUP_TIME (100 * TICKS_SECOND)

/* Values of the configuration, by the names that main.cf has for them. */
#define session_config_text(s, name) config_text((s)->config, PARAM_##name)
#define session_config_int(s, name)  config_int((s)->config, PARAM_##name)
#define session_config_bool(s, name) config_bool((s)->config, PARAM_##name)
#define session_config_time(s, name) config_time((s)->config, PARAM_##name)

/* When a wait for the client that begins now has lasted too long. */
int64_t session_deadline(const struct session *s);

/* Reads a command, does it, answers (session_command.c). */
PARKS void session_serve_command(struct session *s);

/* The client has sent more, although it must wait here for an answer. RFC 2920, section 3.1. */
bool session_is_ahead(const struct session *s, enum verb verb);

/* Sends a reply, after a while where the client has made many errors. */
PARKS void session_reply(struct session *s, const struct reply *r);

/*
 * The session cannot go on: what the stream has failed with, or ERR_REFUSED or ERR_TOO_LONG, after
 * which the reply of the command is the last one.
 */
void session_fail(struct session *s, int code);

/* Who the client is has become known: what follows from that, and what it is greeted with. */
PARKS void session_meet(struct session *s, struct reply *r);

/* Nothing of the transaction is left. */
PARKS void session_reset(struct session *s);
PARKS void session_drop_content(struct session *s); /* of its content */

/* The message is over, taken or not. */
PARKS void session_end_message(struct session *s, const struct reply *r);

/* A line that ended in LF alone, where that is refused: logs it and sets the reply. */
void session_refuse_bare_lf(const struct session *s, struct reply *r);

/* "ESMTP", as Received lines say it: RFC 3848, RFC 6531 section 4.3. */
struct str session_protocol(const struct session *s);

/* "name[address]", with the port where that is logged. */
#define SESSION_CLIENT_MAX 400
const char *session_client(const struct session *s, struct buf *words);

/* Log lines of a session (session_log.c). */
#define SESSION_AFTER_MAX 64
/* The last command, or "DATA (1234 bytes)" where content was on its way; perhaps put in words. */
struct str session_after(const struct session *s, struct buf *words);
void session_log_connect(const struct session *s);
void session_log_end(const struct session *s);
/* recipient: in external form; empty: the command has none. */
void session_log_reject(
    const struct session *s, enum verb verb, struct str recipient, const struct reply *r);
/* What access control notes; about its facts. */
void session_log_access(const struct session *s, const char *action, struct str words);

#endif
