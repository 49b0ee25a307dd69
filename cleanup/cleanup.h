/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_CLEANUP_H
#define CLEANUP_CLEANUP_H

#include "cleanup/body.h"
#include "cleanup/characters.h"
#include "cleanup/checks.h"
#include "cleanup/mapper.h"
#include "cleanup/notifier.h"
#include "lib/config/config.h"
#include "lib/spool/journal_writer.h"
#include "lib/spool/room.h"

/* Mail in which the need of SMTPUTF8 is found out: smtputf8_autodetect_classes. */
enum detect_class {
	DETECT_CLIENTS = 1 << 0,
	DETECT_LOCAL = 1 << 1,
	DETECT_INTERNAL = 1 << 2,
};

/* When a header ends in a line that is neither a field nor empty: non_empty_end_of_header_action. */
enum odd_end {
	ODD_END_FIX,
	ODD_END_ADD_HEADER,
	ODD_END_REJECT,
};

/* What the messages of a process share: limits of the configuration, and the way into the spool. */
struct cleanup {
	/* Settings */
	struct str host;
	struct str software;
	uint64_t message_max; /* 0: no limit */
	size_t field_max;
	unsigned hops_max;
	size_t journal_max;
	size_t duplicates_max; /* recipients remembered to drop second copies; 0: all */
	bool replace_stray;    /* CR and LF that are no line end */
	bool complete_always;
	bool log_port; /* in client= */
	bool obsolete_from;
	bool detects_8bit;     /* detect_8bit_encoding_header */
	unsigned detects_utf8; /* DETECT_ bits: in whose mail */
	enum odd_end odd_end;
	size_t address_tokens_max;
	struct str filter_nexthop;         /* default_filter_nexthop */
	struct str undisclosed;            /* field where no recipient is named; empty: none */
	struct config_list drop;           /* header fields that are removed */
	struct characters rejects, strips; /* message_reject_characters, _strip_ */
	struct body_rules body;
	struct mapper mapper;
	struct checks checks;
	/* Started by cleanup_start() */
	struct queue_id_source ids;
	struct journal_writer journal;
	struct room room;
	struct notifier notifier;
	struct list sessions;
	bool draining;
};

/* Settings and tables, before rights are dropped. Borrows from c. Error: with words. */
MUST_USE int cleanup_init(struct cleanup *k, const struct config *c, struct why *why);

/* Starts the tasks of journal and notifier. Error: negative, with words. */
MUST_USE int cleanup_start(struct cleanup *k, struct why *why);

/* All sessions have ended: commits, closes the segment, tells qmgr; closes the tables. */
PARKS void cleanup_close(struct cleanup *k);

#endif
