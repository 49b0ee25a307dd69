/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_NUMBERS_H
#define MASTER_NUMBERS_H

#include "master/plan.h"

/*
 * How many processes the service gets, and how many clients each of them: workers, sessions and
 * lifetime, from its line (entry, type, resident) and its configuration.
 */
void numbers_find(const struct config *c, struct plan_service *s);

#endif
