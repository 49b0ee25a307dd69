/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching by a few instructions of our own (context_jump.S) on the machines that matter, by
 * swapcontext() on the others. AddressSanitizer keeps the bounds of the stack that runs, and frames
 * that it moved to the heap, per stack: it is told before and after each switch.
 */
#include "lib/run/context.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/bug.h"

#ifdef ENABLE_SANITIZERS
#include <sanitizer/common_interface_defs.h>

static void
sanitizer_before(void **save, const struct context *to)
{
	__sanitizer_start_switch_fiber(save, to->stack, to->stack_size);
}

static void
sanitizer_after(void *saved, struct context *from)
{
	__sanitizer_finish_switch_fiber(
	    saved, from != NULL ? &from->stack : NULL, from != NULL ? &from->stack_size : NULL);
}
#else
static void
sanitizer_before(void **save, const struct context *to)
{
	(void)save;
	(void)to;
}

static void
sanitizer_after(void *saved, struct context *from)
{
	(void)saved;
	(void)from;
}
#endif

#if CONTEXT_ASSEMBLY

#define RED_ZONE 128 /* the ABI lets a function use as much below its stack pointer */

void context_jump(void **save, void *load);
void context_begin(void);

/* The frames that context_jump() pops, lowest address first. */
#if defined(__x86_64__)
struct frame {
	uint32_t mxcsr;
	uint32_t x87_control;
	uintptr_t r15, r14, arg, entry, rbx, rbp; /* arg in r13, entry in r12 */
	uintptr_t return_address;
};

static void
frame_init(struct frame *f, void (*entry)(void *), void *arg)
{
	*f = (struct frame){
		.mxcsr = 0x1f80, /* the ABI's initial values: all exceptions masked */
		.x87_control = 0x037f,
		.arg = (uintptr_t)arg,
		.entry = (uintptr_t)entry,
		.return_address = (uintptr_t)context_begin,
	};
}
#else
struct frame {
	uintptr_t x29, return_address;
	uintptr_t entry, arg; /* x19, x20 */
	uintptr_t x21_to_x28[8];
	uint64_t d8_to_d15[8];
	uint64_t fpcr;
	uint64_t padding;
};

static void
frame_init(struct frame *f, void (*entry)(void *), void *arg)
{
	*f = (struct frame){
		.entry = (uintptr_t)entry,
		.arg = (uintptr_t)arg,
		.return_address = (uintptr_t)context_begin,
	};
}
#endif

static void
start_at(struct context *c, char *stack, size_t size, void (*entry)(void *), void *arg)
{
	uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
	struct frame *frame = (struct frame *)(void *)(stack + (top - (uintptr_t)stack)) - 1;

	frame_init(frame, entry, arg);
	c->stack_pointer = frame;
}

const char *
context_lowest(const struct context *c)
{
	return (const char *)c->stack_pointer - RED_ZONE;
}

static void
jump(struct context *from, struct context *to)
{
	context_jump(&from->stack_pointer, to->stack_pointer);
}

#else

/* makecontext() passes ints only: the pointer travels in two halves. */
static void
begin(unsigned high, unsigned low)
{
	struct context *c = (struct context *)(((uintptr_t)high << 16 << 16) | (uintptr_t)low);

	c->entry(c->arg);
}

static void
start_at(struct context *c, char *stack, size_t size, void (*entry)(void *), void *arg)
{
	uintptr_t self = (uintptr_t)c;

	BUG_ON(getcontext(&c->system) != 0);
	c->entry = entry;
	c->arg = arg;
	c->system.uc_stack.ss_sp = stack;
	c->system.uc_stack.ss_size = size;
	c->system.uc_link = NULL;
	makecontext(
	    &c->system, (void (*)(void))begin, 2, (unsigned)(self >> 16 >> 16), (unsigned)self);
}

const char *
context_lowest(const struct context *c)
{
	(void)c;
	return NULL;
}

static void
jump(struct context *from, struct context *to)
{
	BUG_ON(swapcontext(&from->system, &to->system) != 0);
}

#endif

void
context_init_main(struct context *c)
{
	memset(c, 0, sizeof(*c));
}

void
context_init(struct context *c, char *stack, size_t size, void (*entry)(void *), void *arg)
{
	memset(c, 0, sizeof(*c));
	c->stack = stack;
	c->stack_size = size;
	start_at(c, stack, size, entry, arg);
}

void
context_entered(struct context *from)
{
	sanitizer_after(NULL, from);
}

void
context_switch(struct context *from, struct context *to)
{
	sanitizer_before(&from->fake_stack, to);
	jump(from, to);
	sanitizer_after(from->fake_stack, NULL);
}

void
context_leave(struct context *from, struct context *to)
{
	sanitizer_before(NULL, to);
	jump(from, to);
	bug_abort(__FILE__, __LINE__, "a context that ended was switched to");
}
