/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_DATE_H
#define LIB_MAIL_DATE_H

#include <stdint.h>

#include "lib/base/buf.h"

/* "Mon, 23 Nov 2026 15:34:07 +0100". RFC 5322, section 3.3. */
#define DATE_LENGTH 31

/*
 * wall: ticks since 1970, before the year 10000; zone: ticks east of UTC, a whole number of minutes
 * within a day either way. Error: ERR_TOO_LONG.
 */
MUST_USE int date_add(struct buf *out, int64_t wall, int64_t zone);

#endif
