/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/dns/peer_name.h"

#include "lib/base/err.h"
#include "lib/dns/record.h"

#define REVERSE_NAME_MAX 80

static enum peer_name_state
state_of(int result)
{
	if (result > 0)
		return PEER_NAME_TRUE;
	return result == 0 || result == ERR_SYNTAX ? PEER_NAME_NONE : PEER_NAME_TEMPORARY;
}

/* What the address is called. An address with many names is called by its first. */
PARKS static enum peer_name_state
find_reverse(struct dns *d, const struct endpoint *peer, struct arena *arena, struct str *reverse,
    int64_t deadline)
{
	AUTO(buf) question = BUF_INIT(REVERSE_NAME_MAX);
	struct why why = WHY_INIT;
	struct dns_answer answer;
	int result = dns_add_reverse_name(peer, &question);

	if (result < 0)
		return PEER_NAME_NONE;
	result = dns_find(d, buf_str(&question), DNS_PTR, arena, &answer, deadline, &why);
	if (result > 0 && dns_read_name(answer.records[0], arena, reverse) < 0)
		return PEER_NAME_NONE;
	return state_of(result);
}

static bool
has_address(const struct dns_answer *answer, const struct endpoint *peer)
{
	char text[ENDPOINT_TEXT_MAX], other[ENDPOINT_TEXT_MAX];
	struct endpoint e;

	for (uint32_t i = 0; i < answer->count; i++) {
		if (dns_read_address(answer->records[i], 0, &e) == 0 &&
		    strcmp(endpoint_text(&e, other), endpoint_text(peer, text)) == 0)
			return true;
	}
	return false;
}

void
peer_name_find(struct dns *d, const struct endpoint *peer, struct arena *arena,
    struct peer_name *out, int64_t deadline)
{
	char text[ENDPOINT_TEXT_MAX];
	bool is_v6 = strchr(endpoint_text(peer, text), ':') != NULL;
	struct why why = WHY_INIT;
	struct dns_answer answer;

	*out = (struct peer_name){ .state = PEER_NAME_NONE };
	out->reverse_state = find_reverse(d, peer, arena, &out->reverse, deadline);
	out->state = out->reverse_state;
	if (out->state != PEER_NAME_TRUE)
		return;
	out->state = state_of(
	    dns_find(d, out->reverse, is_v6 ? DNS_AAAA : DNS_A, arena, &answer, deadline, &why));
	if (out->state == PEER_NAME_TRUE && !has_address(&answer, peer))
		out->state = PEER_NAME_FORGED;
	if (out->state == PEER_NAME_TRUE)
		out->name = out->reverse;
}
