/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_MAIL_RCPT_H
#define SMTPD_MAIL_RCPT_H

#include "lib/esmtp/envelope.h"
#include "smtpd/session.h"

/* What MAIL and RCPT have in common. */

/* How their arguments are read in this session. */
struct envelope_rules mail_rcpt_rules(const struct session *s);

/* The reply for a check that has failed, logged where an administrator would look for it. */
void mail_rcpt_refuse(const struct session *s, const struct command *c, enum reply_id id,
    struct str culprit, struct reply *r);

/* The address as it came, without its angle brackets, for replies and logs. Borrows from *text. */
struct str mail_rcpt_given(const struct address *a, struct buf *text);

/* The internal form, an address without a domain (but not the null sender) completed with `domain`. */
void mail_rcpt_complete(const struct address *a, const char *domain, struct buf *out);

#endif
