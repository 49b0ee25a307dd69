/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_MASQUERADE_H
#define CLEANUP_MASQUERADE_H

#include <stdbool.h>

#include "lib/config/config.h"

/*
 * masquerade_domains: the first of the list that is the domain, or above it, decides. example.com
 * hides what is below it; !host.example.com keeps that as it is. True: *out is the domain to show, of the
 * list. Domains are in lower case. Pure.
 */
bool masquerade_domain(struct config_list domains, struct str domain, struct str *out);

#endif
