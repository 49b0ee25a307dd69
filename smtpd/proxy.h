/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_PROXY_H
#define SMTPD_PROXY_H

#include "smtpd/smtpd.h"

/*
 * Reads what a proxy says first (smtpd_upstream_proxy_protocol) and makes its client the peer. Takes
 * the header's bytes and no more. Error, logged: negative; it is not known who the client is.
 */
PARKS MUST_USE int proxy_read(
    const struct smtpd *d, struct stream *stream, struct smtpd_peer *peer);

#endif
