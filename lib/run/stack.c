/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stack costs three system calls and page faults to make, so ended tasks leave theirs to the next
 * ones: last in, first out, the warmest first. The cache is bounded, and what a peak left behind
 * goes back to the system by a sweep that unmaps what nobody needed since the sweep before.
 *
 * One mapping per stack costs two entries of vm.max_map_count (65530) each. Slabs of many stacks
 * would save none of them, since each guard page splits the mapping.
 */
#include "lib/run/stack.h"

#include "lib/base/bug.h"
#include "lib/sys/memory.h"

#ifdef ENABLE_SANITIZERS
#include <sanitizer/asan_interface.h>
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define UNPOISON(p, n) ((void)0)
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(start, end) ((void)(start), (void)(end), 0u)
#define VALGRIND_STACK_DEREGISTER(id)       ((void)(id))
#endif

#define CACHE_MAX  256
#define CACHE_KEEP 8 /* a sweep leaves these */

static struct {
	size_t page;
	size_t size;
	struct stack free[CACHE_MAX];
	unsigned n;
	unsigned unused; /* the lowest n since the last sweep */
} cache;

static void
unmap(struct stack *s)
{
	VALGRIND_STACK_DEREGISTER(s->valgrind_id);
	sys_stack_unmap(cache.page, s->size, s->base);
	s->base = NULL;
}

void
stack_cache_init(size_t stack_size)
{
	cache.page = sys_page_size();
	cache.size = (stack_size + cache.page - 1) / cache.page * cache.page;
	cache.n = cache.unused = 0;
}

void
stack_cache_drop(void)
{
	while (cache.n > 0)
		unmap(&cache.free[--cache.n]);
}

int
stack_take(struct stack *out)
{
	int result;
	char *base;

	if (cache.n > 0) {
		*out = cache.free[--cache.n];
		if (cache.n < cache.unused)
			cache.unused = cache.n;
		return 0;
	}
	cache.unused = 0;
	result = sys_stack_map(cache.page, cache.size, &base);
	if (result < 0)
		return result;
	out->base = base;
	out->size = cache.size;
	out->valgrind_id = VALGRIND_STACK_REGISTER(base, base + cache.size - 1);
	return 0;
}

void
stack_give(struct stack *s)
{
	/* The frames that were left without returning are no redzones for whoever comes next. */
	UNPOISON(s->base, s->size);
	if (cache.n == CACHE_MAX) {
		unmap(s);
		return;
	}
	cache.free[cache.n++] = *s;
	s->base = NULL;
}

void
stack_trim(const struct stack *s, const char *lowest)
{
	size_t used;

	BUG_ON(lowest < s->base || lowest > s->base + s->size);
	used = (size_t)(lowest - s->base);
	sys_pages_forget(s->base, used / cache.page * cache.page);
}

bool
stack_cache_sweep(void)
{
	unsigned surplus = cache.unused > CACHE_KEEP ? cache.unused - CACHE_KEEP : 0;

	for (unsigned i = 0; i < surplus; i++)
		unmap(&cache.free[i]);
	cache.n -= surplus;
	for (unsigned i = 0; i < cache.n && surplus > 0; i++)
		cache.free[i] = cache.free[i + surplus];
	cache.unused = cache.n;
	return cache.n > CACHE_KEEP;
}
