/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_FORWARD_H
#define SMTPD_FORWARD_H

#include "smtpd/attributes.h"

/* Where the next message came from, as XFORWARD has it. */
struct forward {
	bool has_client; /* name or address were said */
	bool has_source;
	bool is_local;                   /* it began at the host that says so */
	char name[ATTRIBUTE_MAX + 1];    /* empty: not said */
	char address[ENDPOINT_TEXT_MAX]; /* empty: not known */
	char ident[ATTRIBUTE_MAX + 1];   /* its queue id there; empty: not known */
};

#endif
