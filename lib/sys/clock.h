/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_CLOCK_H
#define LIB_SYS_CLOCK_H

#include <stdint.h>

/* The system's clocks in ticks (lib/base/ticks.h). Where there is a loop, ask run_now() instead. */
int64_t sys_clock_monotonic(void);
int64_t sys_clock_wall(void);

/* The zone of this machine at that time, ticks east of UTC; reads a file when first asked. */
int64_t sys_clock_zone(int64_t wall);

/* Blocks the whole process: only where there is no loop. */
void sys_sleep(int64_t ticks);

#endif
