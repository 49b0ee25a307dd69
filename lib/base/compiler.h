/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_COMPILER_H
#define LIB_BASE_COMPILER_H

/*
 * The only door to what the compiler offers beyond C17. gcc >= 12 and clang >= 14.
 */

#include <stddef.h>

#define MUST_USE     __attribute__((warn_unused_result))
#define NORETURN     __attribute__((noreturn))
#define NONNULL      __attribute__((nonnull))
#define UNUSED       __attribute__((unused))
#define NOINLINE     __attribute__((noinline))
#define COLD         __attribute__((cold))
#define FALLTHROUGH  __attribute__((fallthrough))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/*
 * PARKS marks, in a prototype, a function that may switch to another task before it returns:
 * whatever was read before the call may have changed after it. `make lint` keeps the marks true
 * over the whole call graph (tests/lint/parks.py), which reads the tree with clang. A pointer to
 * functions that may park (a field, a parameter) is marked as well.
 */
#ifdef __clang__
#define PARKS __attribute__((annotate("parks")))
#else
#define PARKS
#endif

/*
 * AUTO(buf) b = BUF_INIT(64);   runs buf_drop(&b) when b goes out of scope.
 * For a `struct thing` whose drop is `void thing_drop(struct thing *)`. A drop never parks.
 */
#define AUTO(thing) __attribute__((cleanup(thing##_drop))) struct thing

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* True on overflow; *out is then the wrapped value and must not be used. */
#define ADD_OVERFLOWS(a, b, out) __builtin_add_overflow((a), (b), (out))
#define MUL_OVERFLOWS(a, b, out) __builtin_mul_overflow((a), (b), (out))

/* Position of a bit, 0 to 63, in a number that is not 0. */
#define BIT_HIGHEST(x) (63U - (unsigned)__builtin_clzll(x))
#define BIT_LOWEST(x)  ((unsigned)__builtin_ctzll(x))

/* A function for processors that have more than the build asks for; CPU_HAS() asks at run time. */
#define TARGET(isa)  __attribute__((target(isa)))
#define CPU_HAS(isa) __builtin_cpu_supports(isa)

/* CRC-32C of a word, of a byte; in a TARGET("sse4.2") function. */
#ifdef __x86_64__
#define CRC32C_WORD(crc, word) __builtin_ia32_crc32di((crc), (word))
#define CRC32C_BYTE(crc, byte) __builtin_ia32_crc32qi((crc), (byte))
#endif

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#endif
