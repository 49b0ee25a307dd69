/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86-64 has had an instruction for this polynomial since 2008 (SSE 4.2), eight bytes in three
 * cycles; a package cannot assume it, so it is asked for at run time, which costs a load and a test.
 * Elsewhere a table of sixteen entries takes half a byte a step: small enough to stay in the cache
 * and to be read, and still faster than any disk that the checksum guards.
 */
#include "lib/base/crc32c.h"

uint32_t
crc32c_by_table(uint32_t crc, struct str bytes)
{
	/* Entry i: four steps of the polynomial on i. */
	static const uint32_t table[16] = { 0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
		0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6,
		0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75 };

	crc = ~crc;
	for (size_t i = 0; i < bytes.n; i++) {
		crc ^= (unsigned char)bytes.p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

#ifdef __x86_64__
TARGET("sse4.2")
static uint32_t
by_instruction(uint32_t crc, struct str bytes)
{
	uint64_t word, wide = ~crc;

	for (; bytes.n >= sizeof(word); bytes = str_from(bytes, sizeof(word))) {
		memcpy(&word, bytes.p, sizeof(word));
		wide = CRC32C_WORD(wide, word);
	}
	for (size_t i = 0; i < bytes.n; i++)
		wide = CRC32C_BYTE((uint32_t)wide, (unsigned char)bytes.p[i]);
	return ~(uint32_t)wide;
}
#endif

uint32_t
crc32c(uint32_t crc, struct str bytes)
{
#ifdef __x86_64__
	if (LIKELY(CPU_HAS("sse4.2")))
		return by_instruction(crc, bytes);
#endif
	return crc32c_by_table(crc, bytes);
}
