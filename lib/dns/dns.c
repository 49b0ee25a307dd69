/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/dns/dns.h"

#include "lib/base/err.h"
#include "lib/dns/record.h"
#include "lib/run/run.h"

void
dns_init(struct dns *d, const char *path, const char *program, int64_t timeout)
{
	kept_caller_init(&d->caller, path, CHANNEL_DNS, program);
	d->timeout = timeout;
}

void
dns_drop(struct dns *d)
{
	kept_caller_drop(&d->caller);
}

/* The words of an answer are the resolver's, about what strangers sent: cleaned there. */
static int
take_unknown(
    const struct message_dns_answer *m, struct str name, struct dns_answer *out, struct why *why)
{
	if (m->security == DNS_BOGUS)
		out->security = DNS_BOGUS;
	why_set(why, "%.*s: %.*s", STR_ARG(name), STR_ARG(m->words));
	return ERR_TEMPORARY;
}

static void
copy_answer(const struct message_dns_answer *m, struct arena *arena, struct dns_answer *out)
{
	out->security = m->security == DNS_SECURE ? DNS_SECURE : DNS_INSECURE;
	out->name_exists = m->result != DNS_RESULT_NO_NAME;
	out->ttl = m->ttl;
	out->name = arena_str(arena, m->name);
	out->records = ARENA_ARRAY(arena, struct str, m->records_count + 1);
	for (uint32_t i = 0; i < m->records_count; i++)
		out->records[i] = arena_str(arena, m->records[i].data);
	out->count = m->records_count;
}

static int
take_answer(const struct frame *f, struct str name, struct arena *arena, struct dns_answer *out,
    struct why *why)
{
	AUTO(arena) scratch = ARENA_INIT(FRAME_MAX);
	struct message_dns_answer m;
	int result = f->number == MESSAGE_NUMBER_dns_answer
	                 ? message_decode_dns_answer(f, &scratch, &m)
	                 : ERR_PROTOCOL;

	if (result == 0 && m.result == DNS_RESULT_UNKNOWN)
		return take_unknown(&m, name, out, why);
	if (result == 0 && (m.security == DNS_BOGUS || m.result < DNS_RESULT_FOUND ||
	                       m.result > DNS_RESULT_UNKNOWN))
		result = ERR_PROTOCOL;
	if (result < 0) {
		why_set(why, "%.*s: the resolver's answer: %s", STR_ARG(name), err_text(result));
		return result;
	}
	copy_answer(&m, arena, out);
	return m.result == DNS_RESULT_FOUND && m.records_count != 0;
}

PARKS static int
ask(struct caller *r, struct str name, unsigned type, struct arena *arena, struct dns_answer *out,
    int64_t deadline, struct why *why)
{
	const struct message_dns_question question = { .name = name, .type = type };
	struct frame answer;
	struct call call;
	int result;

	result = caller_call(r, &call, MESSAGE_NUMBER_dns_question, &question, &answer, deadline);
	if (result == 0)
		result = take_answer(&answer, name, arena, out, why);
	else
		why_set(
		    why, "%.*s: the resolver did not answer: %s", STR_ARG(name), err_text(result));
	call_close(&call);
	return result;
}

int
dns_find(struct dns *d, struct str name, unsigned type, struct arena *arena, struct dns_answer *out,
    int64_t deadline, struct why *why)
{
	int64_t latest = run_deadline(d->timeout);
	struct kept_user *user;
	int result;

	*out = (struct dns_answer){ .security = DNS_INSECURE };
	if (!dns_name_is_valid(name)) {
		why_set(why, "DNS has no such names");
		return ERR_SYNTAX;
	}
	if (deadline > latest)
		deadline = latest;
	result = kept_caller_take(&d->caller, deadline, &user, why);
	if (result < 0)
		return result;
	result = ask(kept_user_caller(user), name, type, arena, out, deadline, why);
	kept_caller_release(&d->caller, user);
	return result;
}
