/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_DNS_DNS_H
#define LIB_DNS_DNS_H

#include "lib/base/arena.h"
#include "lib/dns/type.h"
#include "lib/ipc/kept_caller.h"

/*
 * The client of resolver(8): asks, and parks until it has the answer. All tasks of a process share
 * one channel.
 *
 *	dns_init(&dns, "public/resolver", "smtp", 30 * TICKS_SECOND);
 *	n = dns_find(&dns, STR("example.com"), DNS_MX, &arena, &answer, deadline, &why);
 *	for (uint32_t i = 0; n > 0 && i < answer.count; i++)
 *		… dns_read_mx(answer.records[i], &arena, &mx) …
 */
struct dns {
	struct kept_caller caller;
	int64_t timeout; /* ticks: of a question, whatever its asker's deadline */
};

/* path: of the socket, copied; program: who we are, kept by pointer. */
void dns_init(struct dns *d, const char *path, const char *program, int64_t timeout);
PARKS void dns_drop(struct dns *d); /* nobody asks any more */

/* What was found is true by DNSSEC; true as far as anybody can say; forged or broken. */
enum dns_security {
	DNS_INSECURE = 0,
	DNS_SECURE = 1,
	DNS_BOGUS = 2,
};

struct dns_answer {
	enum dns_security security;
	bool name_exists;    /* false: no record of any type has this name (NXDOMAIN) */
	uint32_t ttl;        /* seconds */
	struct str name;     /* where aliases (CNAME) led; lower case, no final dot */
	struct str *records; /* their data: lib/dns/record.h */
	uint32_t count;
};

#define DNS_RECORDS_MAX 100 /* of one answer; those beyond are left out */

/*
 * Asks for the records of a name (dns_name_is_valid), with aliases followed. 1: *out has some; 0:
 * there are none, and *out says how sure that is and whether the name exists. All of *out is in the
 * arena. Error, always temporary: could not find out, why says the rest, and out->security is
 * DNS_BOGUS where an answer came but is forged or broken. ERR_SYNTAX: DNS cannot have such a name.
 */
PARKS MUST_USE int dns_find(struct dns *d, struct str name, unsigned type, struct arena *arena,
    struct dns_answer *out, int64_t deadline, struct why *why);

/* Values of message_dns_answer.result. */
enum dns_result {
	DNS_RESULT_FOUND = 1,
	DNS_RESULT_NO_DATA = 2,
	DNS_RESULT_NO_NAME = 3,
	DNS_RESULT_UNKNOWN = 4, /* could not find out: words say why */
};

#endif
