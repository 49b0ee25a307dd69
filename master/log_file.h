/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_LOG_FILE_H
#define MASTER_LOG_FILE_H

#include "lib/config/config.h"
#include "lib/sys/log.h"

/*
 * The log of the whole suite: master opens it, and each process inherits the descriptors. Called
 * again at a reload, so that a file that was moved away is followed by a new one. On failure the
 * log stays as it was. Error: -errno, with words.
 */
MUST_USE int log_file_open(const struct config *c, bool foreground, bool verbose, struct why *why);

/* As it is written to: where each fd is a number of master's, or -1: syslog. */
const struct log_sink *log_file_sinks(size_t *count);

/* The files among them, in their order. */
unsigned log_file_count(void);
int log_file_descriptor(unsigned i);

/* Last words before the end: to standard error for who started us, and to the log once it is open. */
PRINTF(1, 2) void log_file_complain(const char *format, ...);

#endif
