/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_CONTENT_H
#define SMTPD_CONTENT_H

#include "smtpd/session.h"

/*
 * Reads the content of a message up to its end and gives it to the submission. 0: the end has come;
 * *r is the verdict if it needs none of cleanup (too big), else r->code is 0. Error: the session
 * cannot go on: ERR_REFUSED after a line end that is not allowed here (*r is set), ERR_TOO_LONG after
 * much more than is taken (*r is set), else what the stream said.
 */
PARKS MUST_USE int content_receive(struct session *s, struct submission *u, struct reply *r);

#endif
