/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_CLEANUP_SCENE_H
#define TESTS_SIM_CLEANUP_SCENE_H

#include "tests/unit/spool/spool_test.h"

#include "cleanup/session.h"
#include "lib/mail/header.h"
#include "lib/sys/log.h"

/*
 * cleanup on the simulated loop: real sessions and a real spool in a temporary folder, a client and a
 * qmgr made of tasks at the other ends of channels in memory. What is logged is gathered; a warning that
 * is not expected fails the test.
 */
#define DEADLINE run_deadline(60 * TICKS_SECOND)

extern struct buf scene_seen; /* the log */
extern unsigned scene_expected_warnings;

int scene_setup(void **state);
int scene_teardown(void **state);

#define cleanup_test(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

struct heard {
	enum message_number number;
	struct queue_id name;
	uint64_t position, length;
};

struct scene {
	struct cleanup k;
	struct config *config;
	struct group servers;
	struct submitter who;
	struct channel server, client;
	/* qmgr */
	bool qmgr_is_away;
	unsigned qmgr_connects;
	struct group qmgr_tasks;
	struct channel qmgr_end;
	struct heard heard[600];
	unsigned heard_count;
};

/* main_cf: beside a few limits. */
PARKS void scene_begin(struct scene *s, const char *main_cf);
PARKS void scene_end(struct scene *s);
PARKS void scene_connect(struct scene *s);

struct answer {
	uint32_t request;
	uint32_t code;
	char dsn[16];
	char text[128];
	struct queue_id id;
};

struct message_submit scene_make_submit(uint32_t flags);
PARKS void scene_send_submit(struct scene *s, uint32_t request, uint32_t flags);
PARKS void scene_send_content(struct scene *s, uint32_t request, struct str content, size_t piece);
PARKS void scene_send_end(struct scene *s, uint32_t request);
PARKS struct answer scene_read_answer(struct scene *s);
PARKS struct answer scene_submit(struct scene *s, uint32_t flags, struct str content, size_t piece);

/* Lets the segment be closed, so that it can be read. */
PARKS void scene_settle(struct scene *s);

/* The content of the message, and its envelope where `out` is not NULL. */
PARKS void scene_take_stored(
    const struct queue_id *id, struct buf *content, struct stored *out, struct arena *arena);

/* What was looked at goes, so that the next look is quick. */
void scene_empty_journal(void);

/* What stands behind our Received field. */
struct str scene_behind_received(const struct buf *content);

#endif
