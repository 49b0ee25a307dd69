/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_RANDOM_H
#define LIB_SYS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

/*
 * Random numbers fit for secrets, from the kernel. There is no fallback: a kernel that cannot give
 * any ends the process. Small requests come from a pool of a few hundred bytes, so that a queue id
 * costs no system call; bytes handed out are wiped, and a forked child starts with an empty pool.
 */
void random_bytes(void *p, size_t size);
uint64_t random_u64(void);
uint32_t random_below(uint32_t bound); /* 0 <= result < bound, all alike; bound > 0 */

/* In a child right after fork(); sys_fork() does it. */
void random_forget(void);

#endif
