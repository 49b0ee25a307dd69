/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool per thread, so that offload threads need no lock. The alternative, a generator of our own
 * seeded once, would save a system call per few hundred bytes and add a way to get it wrong.
 */
#include "lib/sys/random.h"

#include <string.h>
#include <sys/random.h>

#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "lib/sys/call.h"

#define POOL_SIZE ((size_t)256)

static _Thread_local struct {
	unsigned char bytes[POOL_SIZE];
	size_t left; /* not yet handed out: the last ones */
} pool;

static void
from_kernel(void *p, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n;

		SYS_CALL(n, getrandom((char *)p + done, size - done, 0));
		BUG_ON(n <= 0);
		done += (size_t)n;
	}
}

void
random_bytes(void *p, size_t size)
{
	unsigned char *from;

	if (size > POOL_SIZE) {
		from_kernel(p, size);
		return;
	}
	if (pool.left < size) {
		from_kernel(pool.bytes, POOL_SIZE);
		pool.left = POOL_SIZE;
	}
	from = pool.bytes + (POOL_SIZE - pool.left);
	memcpy(p, from, size);
	mem_wipe(from, size);
	pool.left -= size;
}

uint64_t
random_u64(void)
{
	uint64_t n;

	random_bytes(&n, sizeof(n));
	return n;
}

uint32_t
random_below(uint32_t bound)
{
	const uint64_t all = (uint64_t)UINT32_MAX + 1;
	uint64_t fair, n;

	/* Numbers beyond the last whole multiple of bound would favour the small results. */
	BUG_ON(bound == 0);
	fair = all - all % bound;
	do
		n = random_u64() & UINT32_MAX;
	while (n >= fair);
	return (uint32_t)(n % bound);
}

void
random_forget(void)
{
	mem_wipe(pool.bytes, sizeof(pool.bytes));
	pool.left = 0;
}
