/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_FAULT_H
#define LIB_SYS_FAULT_H

#include <stddef.h>

#include "lib/base/compiler.h"

/*
 * Faults on order, for tests; all of it compiles to nothing without --enable-faults.
 *
 * FAULT_POINT("qmgr.done_mark") names an instruction of a program at which a test may kill it. The
 * system calls of lib/sys ask fault_call() first, so that a test may let the n-th of a kind fail.
 *
 * Rules stand in the environment variable POSTROAD_FAULT, or in the file that POSTROAD_FAULT_FILE
 * names; several are separated by blanks:
 *
 *	kill:POINT:N                 kill -9 of itself at the N-th pass of the point
 *	stop:POINT:N                 SIGSTOP of itself there
 *	sleep:POINT:N:ms=50          the whole process sleeps there
 *	fail:KIND:ERROR:N            the N-th call of the kind fails, with the name of an errno
 *	fail:KIND:ERROR:N-M          calls N to M; "N-" for all from N on; "1-" is every call
 *	fail:write:SHORT:N-M         does only half of what was asked for (read, write, send)
 *
 * Each may end in :program=NAME, to hold only in that program. POINT may be "*": any point. Kinds:
 * open read write sync rename link unlink mkdir truncate accept receive send connect socket fork
 * wait lock stat. Passes and calls are counted per process and rule. The log's own writes do not
 * count.
 *
 * The file lets a suite that runs be switched. It is mapped when a program meets its first fault
 * check, before it enters any walls, and costs no system call after that. 4096 bytes: u32 magic
 * 0x54465250, u32 generation, u32 fired[12] of the rules, then from byte 64 the rules, ending in a
 * NUL. A test writes the rules, clears fired[], then raises the generation; each process then reads
 * them anew and counts from zero. Kills, stops and sleeps from the file happen once over all
 * processes: the one that turns fired[i] from 0 to 1 takes it. For failed calls fired[i] counts.
 */
enum fault_kind {
	FAULT_OPEN,
	FAULT_READ,
	FAULT_WRITE,
	FAULT_SYNC,
	FAULT_RENAME,
	FAULT_LINK,
	FAULT_UNLINK,
	FAULT_MKDIR,
	FAULT_TRUNCATE,
	FAULT_ACCEPT,
	FAULT_RECEIVE,
	FAULT_SEND,
	FAULT_CONNECT,
	FAULT_SOCKET,
	FAULT_FORK,
	FAULT_WAIT,
	FAULT_LOCK,
	FAULT_STAT,
	FAULT_KIND_COUNT
};

#ifdef ENABLE_FAULTS

#define FAULT_POINT(name) fault_point(name)

void fault_point(const char *name);

/* 0: go on, with *size (NULL: none) perhaps smaller than it was; else the -errno to answer. */
MUST_USE int fault_call(enum fault_kind kind, size_t *size);

/* Replaces the rules, for unit tests; NULL: those of the environment again. Unknown words abort. */
void fault_rules(const char *rules);
/* Tells a test of each file or folder that was synced with success: what a loss of power leaves. */
void fault_observe_sync(void (*synced)(int fd));
void fault_synced(int fd);

/* How many times a rule of this process took effect since its rules were set. */
unsigned fault_fired(void);

#else

#define FAULT_POINT(name) ((void)0)

static inline void
fault_synced(UNUSED int fd)
{
}

static inline int
fault_call(UNUSED enum fault_kind kind, UNUSED size_t *size)
{
	return 0;
}

#endif

#endif
