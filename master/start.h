/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_START_H
#define MASTER_START_H

#include "master/sockets.h"

/*
 * Starts one process of a service. *link_fd: our end of the link to it (lib/service/worker_link.h),
 * the caller's. Error: -errno, also of loading the program.
 */
MUST_USE int start_process(const struct plan *p, const struct plan_service *service,
    const struct sockets *sockets, pid_t *pid, int *link_fd);

#endif
