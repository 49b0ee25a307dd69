/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_MEMORY_H
#define LIB_SYS_MEMORY_H

#include <stddef.h>

#include "lib/base/str.h"

/*
 * Memory by the page, for stacks: addresses are reserved, pages come when they are touched. All
 * sizes are multiples of sys_page_size().
 */
size_t sys_page_size(void);

/*
 * Reserves `size` bytes above `guard` bytes that fault when touched. *out is the lowest usable byte.
 * Error: -ENOMEM (also when the process has as many mappings as the system allows).
 */
MUST_USE int sys_stack_map(size_t guard, size_t size, char **out);
void sys_stack_unmap(size_t guard, size_t size, char *stack);

/* The pages' content is forgotten (zero when touched again) and their memory goes to the system. */
void sys_pages_forget(char *start, size_t size);

/* How many bytes from the first resident page of [start, start + size) up to its end. */
size_t sys_pages_resident(char *start, size_t size);

/*
 * A file without a name that holds these bytes and that nobody, we included, can change: for handing
 * on to other processes. A descriptor, or -errno.
 */
MUST_USE int sys_sealed_file(const char *name, struct str bytes);

#endif
