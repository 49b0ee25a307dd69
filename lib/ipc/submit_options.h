/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IPC_SUBMIT_OPTIONS_H
#define LIB_IPC_SUBMIT_OPTIONS_H

#include "lib/config/config.h"
#include "lib/ipc/message.h"

/*
 * What the configuration of a service says of all messages that it takes in: content_filter and
 * receive_override_options.
 */
struct submit_options {
	uint32_t flags;    /* SUBMIT_ bits */
	struct str filter; /* transport:nexthop; empty: none */
};

/* Borrows from c. Error, with words: ERR_SYNTAX. */
MUST_USE int submit_options_init(struct submit_options *o, const struct config *c, struct why *why);

static inline void
submit_options_apply(const struct submit_options *o, struct message_submit *m)
{
	m->flags |= o->flags;
	m->filter = o->filter;
}

#endif
