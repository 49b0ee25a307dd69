/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_LOCK_H
#define LIB_SYS_LOCK_H

#include <sys/types.h>

#include "lib/base/compiler.h"

/*
 * A file that exists to be locked by one process. The lock is the kernel's, bound to the process
 * that took it: it ends with that process however it ends, no child has it, and anyone may ask who
 * holds it. What is written in the file is for people to read and decides nothing.
 *
 * Opening makes the file (mode 0644) where it is missing, and never follows a symbolic link.
 */
MUST_USE int lock_open(const char *path); /* descriptor or -errno; not yet locked */

/* 0: ours until the process ends or the file is closed. -EAGAIN: another process has it. */
MUST_USE int lock_take(int fd);

/* The process that holds the lock of this file; 0: nobody (also when there is no file). */
MUST_USE int lock_holder(const char *path, pid_t *out);

/* Replaces the content by our process id. */
MUST_USE int lock_write_pid(int fd);

#endif
