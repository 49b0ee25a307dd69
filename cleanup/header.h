/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_HEADER_H
#define CLEANUP_HEADER_H

#include "cleanup/message.h"

/*
 * The header of a message whose draft has all of it: checked, rewritten, completed, with an empty
 * line behind it. Nothing is copied where nothing changes. VERDICT_NONE, or how the message ends.
 */
PARKS MUST_USE enum verdict header_finish(struct message *m);

#endif
