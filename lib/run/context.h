/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_RUN_CONTEXT_H
#define LIB_RUN_CONTEXT_H

#include <stddef.h>

#include "lib/base/compiler.h"

/*
 * A point of execution on a stack of its own. What a C function expects to survive a call survives
 * a switch, and nothing else: no signal mask, so that a switch makes no system call.
 */
#if defined(__x86_64__) || defined(__aarch64__)
#define CONTEXT_ASSEMBLY 1
#else
#define CONTEXT_ASSEMBLY 0
#include <ucontext.h>
#endif

struct context {
#if CONTEXT_ASSEMBLY
	void *stack_pointer; /* while it does not run; what lies there: context_jump.S */
#else
	ucontext_t system;
	void (*entry)(void *);
	void *arg;
#endif
	/* What AddressSanitizer must be told at a switch; unused elsewhere. */
	const void *stack;
	size_t stack_size;
	void *fake_stack;
};

/* The context that runs now, on the stack that the system gave. */
void context_init_main(struct context *c);

/* At the first switch to c, entry(arg) begins on that stack. It must end with context_leave(). */
void context_init(struct context *c, char *stack, size_t size, void (*entry)(void *), void *arg);

/* First thing in entry(): where the switch came from. */
void context_entered(struct context *from);

void context_switch(struct context *from, struct context *to);

/* Of a context that does not run: the lowest byte in use on its stack. NULL: not known. */
const char *context_lowest(const struct context *c);

/* The last switch of a context; its stack may then be used again. */
NORETURN void context_leave(struct context *from, struct context *to);

#endif
