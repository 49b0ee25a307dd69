/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_SMTPD_SCENE_H
#define TESTS_SIM_SMTPD_SCENE_H

#include "tests/unit/run/in_loop.h"

#include "lib/ipc/channel.h"
#include "services/anvil/anvil.h"
#include "smtpd/smtpd.h"

/*
 * A stage for the SMTP server: the real session code on the simulated loop, with a client that
 * follows a script and a cleanup that does what it is told. Everything is in memory and takes no
 * real time.
 *
 * A script is lines of text:
 *
 *	C: EHLO a        the client sends this and CRLF
 *	c: abc\r\n       the client sends exactly this; \r \n \0 \\ are escapes
 *	S: 250 2.0.0 Ok  the server must say this line next
 *	S> 250-          the server must say a line that begins so
 *	S* 250           the server must give a reply with this code, of any number of lines
 *	wait 10s         the client does nothing for so long
 *	close            the client closes the connection
 *	closed           the server must have closed it
 *	quiet            the server must have nothing more to say now
 */
#define SCENE_MESSAGES 64

/* A message as cleanup got it. */
struct taken {
	struct buf sender;
	struct buf recipients; /* "a@b c@d" */
	struct buf dsn;        /* "ENVID notify/original notify/original" */
	struct buf content;
	struct buf helo;
	struct buf protocol;
	struct buf client;  /* "name[address]:port" */
	struct buf forward; /* "id client", as XFORWARD says */
	struct buf actions; /* "1:text\n", of submit, then behind "end\n" of content_end */
	uint32_t request;
	uint32_t flags;
	uint64_t size;
	bool ended;
	bool aborted;
};

/* What cleanup does. All zero: it takes every message. */
struct cleanup_plan {
	unsigned die_after;  /* closes the channel after so many frames; 0: never */
	bool early;          /* gives its verdict before the content */
	bool mute;           /* never answers */
	bool refuse_channel; /* cannot be reached */
	uint32_t code;       /* of its verdict; 0: 250 */
	const char *dsn;
	const char *text;
};

struct scene {
	struct smtpd smtpd;
	struct smtpd_peer peer;
	struct cleanup_plan plan;
	struct stream client; /* the test's end of the connection */
	struct stream server;
	struct group tasks;
	struct anvil anvil;
	struct group anvil_tasks;
	bool anvil_is_down;            /* cannot be reached */
	struct channel *anvil_channel; /* the newest, while it is open */
	struct taken messages[SCENE_MESSAGES];
	size_t message_count;
	unsigned channels; /* opened so far */
	unsigned frames;   /* received so far */
	struct buf log;    /* what was logged, a line each */
	void *arg;         /* of the test */
	void (*act)(struct scene *sc);
};

/*
 * Runs act(scene) in the simulated loop; main_cf: lines added to those of the stage, which is
 * mx.example.com, with mail for a@ b@ c@example.com in virtual mailboxes, and 192.0.2.0/24 as its
 * networks. The client is 198.51.100.7.
 */
void scene_run(const char *main_cf, uint64_t seed, void (*act)(struct scene *sc), void *arg);

/* A new connection, and the server's session on it. */
PARKS void scene_connect(struct scene *sc);
/* Waits for the end of the session. */
PARKS void scene_leave(struct scene *sc);

/* Plays a script on the connection; a server that does not say what it must fails the test. */
PARKS void scene_play(struct scene *sc, const char *script);

PARKS void scene_send(struct scene *sc, struct str bytes);
/* The next line of the server without its CRLF; an empty view when it has closed the connection. */
PARKS struct str scene_hear(struct scene *sc);
/* A whole reply: its code; 0 when the connection is closed. */
PARKS int scene_hear_code(struct scene *sc);

#endif
