/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_QMGR_WORLD_H
#define TESTS_SIM_QMGR_WORLD_H

#include "tests/unit/spool/spool_test.h"

#include "lib/ipc/caller.h"
#include "lib/sys/log.h"
#include "qmgr/control.h"
#include "qmgr/intake.h"
#include "qmgr/qmgr.h"

/*
 * A queue manager on the simulated loop, over a real spool in a temporary folder, with a journal writer
 * in the place of cleanup and scripted agents. Mail for user@SITE.TRANSPORT goes by TRANSPORT to the
 * destination SITE.TRANSPORT; the transports are agents[] by name, and discard, error, retry.
 */
#define WORLD_LOG_MAX  20000
#define WORLD_TEXT_MAX 64

struct world;

/* One recipient in one delivery, as an agent saw it. */
struct attempt {
	int64_t time; /* monotonic */
	char id[QUEUE_ID_LENGTH + 1];
	char recipient[WORLD_TEXT_MAX];
	char nexthop[WORLD_TEXT_MAX];
	uint32_t status; /* that it answered; 0: it did not */
	uint64_t content_length;
};

struct agent_script {
	const char *name;
	uint32_t capacity;
	bool unreachable;
	unsigned most_connections; /* further ones get no answer; 0: no limit */
	unsigned dies_at;          /* at the n-th request of each connection; 0: never */
	unsigned refuses_at;       /* the same, saying that it takes no more */
	int64_t latency;           /* of an answer */
	/* Fills *out for one recipient; NULL: delivered. The address is "user@site.transport". */
	void (*answer)(struct world *w, struct str address, struct message_outcome *out);
	/* Counted. */
	unsigned connections, requests, deaths;
	unsigned in_flight, most_in_flight;
};

struct world {
	const char *filter; /* of mail that is submitted; NULL: none */
	struct qmgr_options options;
	struct qmgr *qmgr;
	struct queue_id_source ids;
	struct group peers; /* agents, and our end of channels */
	/* In the place of cleanup. */
	struct journal_writer writer;
	bool writer_open;
	bool mute; /* notices are not sent */
	struct channel notices;
	bool connected;
	bool disk_fails; /* so that the writer may fail */
	struct agent_script agents[4];
	struct transport_limits limits;
	struct attempt *attempts;
	size_t attempt_count;
	unsigned events[EVENT_COUNT];
	char last_text[200]; /* of the last DELIVERY that qmgr logged */
	uint64_t random;
	void (*test)(struct world *w);
};

/* Runs test(w) in a world whose qmgr and writer have started; ends both after it. */
void world_run(uint64_t seed, struct world *w, void (*test)(struct world *w));

/* Defaults: agents "a" and "b", capacity 10, that deliver at once; Postfix's limits and times. */
struct world *world_new(void);
void world_free(struct world *w);

/* Commits a message and tells qmgr of it; recipients "u@x.a u@y.b". */
PARKS struct queue_id world_submit(struct world *w, const char *recipients);
PARKS struct queue_id world_submit_many(
    struct world *w, const char *format, unsigned count); /* format has one %u */
/* The same, but may fail: 0 is committed. */
PARKS int world_try_submit(struct world *w, const char *recipients, struct queue_id *id);
/* As a file in incoming/, with so much content. */
PARKS struct queue_id world_submit_file(struct world *w, const char *recipients, size_t size);

/* qmgr ends without a word, as killed, and another one starts. */
PARKS void world_crash(struct world *w);
/* The writer, cleanup, is killed: its lock and channel are gone, its segment stays open. */
PARKS void world_kill_writer(struct world *w);
PARKS void world_restart_writer(struct world *w); /* killed, and another one starts */

PARKS void world_sleep(int64_t duration);
/* Sleeps in steps until nothing is queued but what is held; fails after `most`. */
PARKS void world_settle(struct world *w, int64_t most);

struct message *world_find(struct world *w, const struct queue_id *id);
size_t world_attempts(const struct world *w, const char *recipient, uint32_t status);
const struct attempt *world_attempt(const struct world *w, const char *recipient, size_t n);
uint64_t world_random(struct world *w);

/* A queue_action, as from a command, for an id, "ALL", or a "site.transport"; answers its count. */
PARKS uint64_t world_act(
    struct world *w, enum queue_action action, const char *id, bool may_act, char text[200]);

/* Answers for agents: "ok", "later", "never", "unreachable" by the user part of the address. */
void answer_by_user(struct world *w, struct str address, struct message_outcome *out);

#endif
