/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_DIALOGUE_H
#define SMTPD_DIALOGUE_H

#include "smtpd/session.h"

/*
 * What a session said and heard, in the log: of clients in debug_peer_list, and with option -v of
 * all. "< name[address]: EHLO x", "> name[address]: 250 …". Content is not shown.
 */
PARKS void dialogue_begin(struct session *s);
void dialogue_heard(const struct session *s, struct str line);
void dialogue_said(const struct session *s, struct str lines);

#endif
