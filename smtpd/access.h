/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_ACCESS_H
#define SMTPD_ACCESS_H

#include "smtpd/session.h"

/* The questions that a session asks about its client and message: lib/access answers them. */

/* Whether the client is in $mynetworks: 1, 0, or negative. */
PARKS int access_find_client(struct smtpd *d, const struct smtpd_peer *p);

/* What becomes of lines that end in a lone LF from this client. */
PARKS enum dot_newline access_newline(struct smtpd *d, const struct smtpd_peer *p);

/* True: headers that its messages lack are added. */
bool access_completes_headers(const struct session *s);

/* A new client; what is known of it. access_drop() ends it. */
PARKS void access_begin(struct session *s);

/* Each: false: *r refuses, and was logged. */
PARKS bool access_may_connect(struct session *s, struct reply *r);
PARKS bool access_may_greet(struct session *s, enum verb verb, struct str name, struct reply *r);
PARKS bool access_may_send(struct session *s, struct reply *r); /* the open transaction */
/* recipient: in internal form; given: as the client wrote it. */
PARKS bool access_may_receive(
    struct session *s, struct str recipient, struct str given, struct reply *r);
PARKS bool access_may_bring(struct session *s, enum verb verb, struct reply *r); /* DATA, BDAT */
PARKS bool access_may_end(struct session *s, struct reply *r); /* the content is whole */

#endif
