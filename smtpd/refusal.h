/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_REFUSAL_H
#define SMTPD_REFUSAL_H

#include "smtpd/session.h"

/* What the administrator makes of replies that refuse something; other replies are left alone. */

/*
 * smtpd_reject_filter_maps, soft_bounce, smtpd_reject_footer_maps, smtpd_reject_footer. A table that
 * cannot be asked, or gives nonsense, leaves the reply as it is: it is a refusal either way.
 */
PARKS void refusal_shape(struct session *s, struct reply *r);

#endif
