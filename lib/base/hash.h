/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_HASH_H
#define LIB_BASE_HASH_H

#include <stdint.h>

#include "lib/base/str.h"

/*
 * SipHash-1-3 with a secret of this process: whoever chooses the keys of a hash table cannot choose
 * their hashes, and so cannot turn it into a list. Hashes differ from process to process: never
 * store one, never send one.
 */
struct hash_secret {
	uint64_t k0, k1;
};

uint64_t hash_str(const struct hash_secret *secret, struct str s);

/* The secret of this process; from the random bytes that the kernel gives to each program. */
struct hash_secret hash_process_secret(void);

/* For tests and the simulated loop: the same order every time. Before the first table is made. */
void hash_fix_secret(uint64_t seed);

#endif
