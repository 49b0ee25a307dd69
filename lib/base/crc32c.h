/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_CRC32C_H
#define LIB_BASE_CRC32C_H

#include <stdint.h>

#include "lib/base/str.h"

/*
 * CRC-32C (Castagnoli, reflected 0x82f63b78), as in iSCSI and ext4: of "123456789" it is 0xe3069283.
 * Starts with 0 and can go on from the CRC of what came before:
 *
 *	crc = crc32c(0, head);
 *	crc = crc32c(crc, body);
 */
uint32_t crc32c(uint32_t crc, struct str bytes);

/* The same without the processor's help; for machines without it, and for tests. */
uint32_t crc32c_by_table(uint32_t crc, struct str bytes);

#endif
