/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SipHash (Aumasson and Bernstein, 2012) with one round a word and three at the end: the variant
 * for hash tables, where an attacker never sees a hash. The secret comes from AT_RANDOM, sixteen
 * bytes that the kernel leaves in each new process: no system call, no descriptor, cannot fail.
 * They also feed the stack protector; hashing them with a fixed key keeps the two apart.
 */
#include "lib/base/hash.h"

#include <sys/auxv.h>

#include "lib/base/bug.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotate(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static inline void
mix(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline void
add_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s);
	s->v0 ^= word;
}

/* Little-endian, whatever the machine; at most 8 bytes. */
static inline uint64_t
word_at(const char *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return word;
}

uint64_t
hash_str(const struct hash_secret *secret, struct str s)
{
	struct sip sip = {
		.v0 = secret->k0 ^ 0x736f6d6570736575,
		.v1 = secret->k1 ^ 0x646f72616e646f6d,
		.v2 = secret->k0 ^ 0x6c7967656e657261,
		.v3 = secret->k1 ^ 0x7465646279746573,
	};
	uint64_t last = (uint64_t)s.n << 56;

	for (; s.n >= 8; s = str_from(s, 8))
		add_word(&sip, word_at(s.p, 8));
	add_word(&sip, last | word_at(s.p, s.n));
	sip.v2 ^= 0xff;
	mix(&sip);
	mix(&sip);
	mix(&sip);
	return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}

static struct {
	bool is_set;
	struct hash_secret value;
} process_secret;

static void
set_from(struct str random)
{
	static const struct hash_secret left = { 1, 1 }, right = { 2, 2 };

	process_secret.value.k0 = hash_str(&left, random);
	process_secret.value.k1 = hash_str(&right, random);
	process_secret.is_set = true;
}

struct hash_secret
hash_process_secret(void)
{
	const char *random;

	if (!process_secret.is_set) {
		random = (const char *)getauxval(AT_RANDOM);
		BUG_ON(random == NULL);
		set_from(str_make(random, 16));
	}
	return process_secret.value;
}

void
hash_fix_secret(uint64_t seed)
{
	set_from(str_make((const char *)&seed, sizeof(seed)));
}
