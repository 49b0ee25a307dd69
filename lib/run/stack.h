/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_RUN_STACK_H
#define LIB_RUN_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"

/*
 * Stacks for tasks: address space with a guard page below, all of one size, kept for the next task
 * when one ends. Memory is paid for pages that were touched.
 */
struct stack {
	char *base; /* lowest byte; the guard page is below it */
	size_t size;
	unsigned valgrind_id;
};

void stack_cache_init(size_t stack_size); /* rounded up to pages */
void stack_cache_drop(void);

MUST_USE int stack_take(struct stack *out); /* Error: -ENOMEM */
void stack_give(struct stack *s);

/* Gives back the pages below `lowest`, the lowest byte in use. */
void stack_trim(const struct stack *s, const char *lowest);

/* Unmaps what lay unused in the cache since the last call. True if another call may find more. */
bool stack_cache_sweep(void);

#endif
