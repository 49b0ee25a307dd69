/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ACCESS_RESTRICT_H
#define LIB_ACCESS_RESTRICT_H

#include "lib/access/evaluation.h"

/* What the rows of restriction.def do. One that does not concern what is known has no answer. */
#define RESTRICT(name) \
	PARKS enum answer restrict_##name(struct evaluation *e, const struct rule *rule)

/* restrict_any.c */
RESTRICT(permit);
RESTRICT(reject);
RESTRICT(defer);
RESTRICT(defer_if_permit);
RESTRICT(defer_if_reject);
RESTRICT(warn_if_reject);
RESTRICT(sleep);
RESTRICT(unauth_pipelining);
RESTRICT(multi_recipient_bounce);
RESTRICT(plaintext_session);
RESTRICT(policy_service);
RESTRICT(permit_inet_interfaces);
RESTRICT(permit_mynetworks);
RESTRICT(nothing);

/* restrict_name.c */
RESTRICT(invalid_helo);
RESTRICT(non_fqdn_helo);
RESTRICT(non_fqdn_sender);
RESTRICT(non_fqdn_recipient);

/* restrict_address.c */
RESTRICT(permit_auth_destination);
RESTRICT(reject_unauth_destination);
RESTRICT(defer_unauth_destination);
RESTRICT(unlisted_sender);
RESTRICT(unlisted_recipient);

/* restrict_table.c */
RESTRICT(client_access);
RESTRICT(reverse_client_access);
RESTRICT(helo_access);
RESTRICT(sender_access);
RESTRICT(recipient_access);
RESTRICT(etrn_access);

/* Whether the local part holds a route that a stranger may not use (allow_untrusted_routing). */
bool access_is_routed(const struct config *c, const struct address *a);

/* What a table's entry for `key` says, an action of access(5), about the subject. action.c */
PARKS enum answer action_apply(
    struct evaluation *e, const char *table, struct str key, struct str value);

#endif
