/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Last words. These two functions are the one place in the pure layers that touches a descriptor:
 * a process that is about to die must say why, whatever state its logging is in.
 */
#include "lib/base/bug.h"

#include <stdio.h>
#include <stdlib.h>

#define EXIT_OSERR 71

void
bug_abort(const char *file, int line, const char *what)
{
	fprintf(stderr, "panic: %s:%d: %s\n", file, line, what);
	abort();
}

void
bug_out_of_memory(size_t size)
{
	fprintf(stderr, "fatal: out of memory (%zu bytes asked for)\n", size);
	exit(EXIT_OSERR);
}
