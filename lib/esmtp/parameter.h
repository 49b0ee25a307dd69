/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ESMTP_PARAMETER_H
#define LIB_ESMTP_PARAMETER_H

#include "lib/base/str.h"

/* "SIZE=1000" behind the path of MAIL or RCPT. Borrows from the line. */
struct parameter {
	struct str keyword;
	struct str value;
	bool has_value; /* there was a '=' */
};

/* 1: the next parameter, taken off *rest; 0: none is left; ERR_SYNTAX. RFC 5321, section 4.1.2. */
MUST_USE int parameter_next(struct str *rest, struct parameter *out);

#endif
