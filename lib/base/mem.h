/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_MEM_H
#define LIB_BASE_MEM_H

#include <stddef.h>

#include "lib/base/compiler.h"

/*
 * Heap memory that is there or ends the process with words. Sizes that a remote decides are capped
 * before they come here. A size of 0 is a bug. Give memory back with mem_free().
 */
MUST_USE void *mem_new(size_t size);                      /* zeroed */
MUST_USE void *mem_array(size_t count, size_t size);      /* zeroed; overflow ends the process */
MUST_USE void *mem_resize(void *old, size_t count, size_t size); /* new part not zeroed */
MUST_USE char *mem_strdup(const char *text);
void mem_free(void *p); /* NULL is fine */

/* Overwrites a secret; the compiler may not remove it. */
void mem_wipe(void *p, size_t size);

#define NEW(type) ((type *)mem_new(sizeof(type)))

#endif
