/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_ACCESS_H
#define SMTPD_ACCESS_H

#include "smtpd/session.h"

/*
 * Who may send what where. Without exception: a recipient that is not ours is refused, and so is one
 * of whom it could not be found out, for the time being.
 */

/* Whether the client is in $mynetworks: 1, 0, or negative. */
PARKS int access_find_client(struct smtpd *d, const struct smtpd_peer *p);

/* What becomes of lines that end in a lone LF from this client. */
PARKS enum dot_newline access_newline(struct smtpd *d, const struct smtpd_peer *p);

/* True: headers that its messages lack are added. */
bool access_completes_headers(const struct session *s);

/*
 * A recipient in internal form. False: *r says why not. given: as the client wrote it, for the words.
 */
PARKS bool access_recipient(
    struct session *s, const struct address *recipient, struct str given, struct reply *r);

#endif
