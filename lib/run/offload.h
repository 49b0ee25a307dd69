/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_RUN_OFFLOAD_H
#define LIB_RUN_OFFLOAD_H

#include "lib/base/compiler.h"

/*
 * Runs fn(arg) on a thread of a small pool while the task is parked, and answers what fn answers:
 * for calls that can only block (fdatasync, name service look-ups). fn may touch nothing but *arg
 * and may not log or park. The job cannot be abandoned: cancelling the task does not shorten the
 * wait, and arg may therefore be on the task's stack. In a task that is cancelled already fn does not
 * run: ERR_CANCELLED. In the simulated loop fn runs in place.
 */
PARKS MUST_USE int offload(int (*fn)(void *), void *arg);

#endif
