/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_DNS_TYPE_H
#define LIB_DNS_TYPE_H

#include "lib/base/str.h"

enum dns_type {
#define TYPE(name, number) DNS_##name = (number),
#include "lib/dns/type.def"
#undef TYPE
};

/* "MX"; NULL: a number that has no row. */
const char *dns_type_name(unsigned type);

/* In any case of letters; also "TYPE65". 0: no such type. */
unsigned dns_type_find(struct str name);

#endif
