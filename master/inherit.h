/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_INHERIT_H
#define MASTER_INHERIT_H

#include "master/sockets.h"

/*
 * Takes the listening sockets that who started us handed over (LISTEN_PID, LISTEN_FDS and
 * LISTEN_FDNAMES, sd_listen_fds(3)): one whose name is that of a service is that service's, which
 * then listens nowhere else; another serves the line of master.cf that names its address. What
 * nobody wants is closed, with a warning. Before the environment is cleaned.
 */
void inherit_sockets(
    struct sockets *s, const struct plan *p, config_report *report, void *context);

#endif
