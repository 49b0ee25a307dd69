/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_WALLS_H
#define LIB_SERVICE_WALLS_H

#include "lib/service/service.h"

/*
 * The sandbox of a process, from the walls that its service states. The current folder is the queue
 * directory. Error, with words; a kernel that has no such walls is none.
 *
 * Paths: everything may be read but the spool; written is only the spool, by WALL_SPOOL, and
 * $data_directory; nothing is executed. Not for what keeps root, has children (both go where the
 * recipient's rights let them), or is in a chroot already.
 * Calls: see lib/sys/sandbox.h.
 */
MUST_USE int walls_build(const struct config *c, enum service_user user, unsigned walls,
    bool in_chroot, struct why *why);

#endif
