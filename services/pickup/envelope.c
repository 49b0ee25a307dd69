/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A local user may name any sender (that is Postfix's rule too; the log has the user id), but not
 * put anything into the envelope that later programs would not expect there: addresses are parsed
 * again here, whatever sendmail(1) did, since anyone can speak to the socket.
 */
#include "services/pickup/pickup.h"

#include "lib/base/err.h"
#include "lib/mail/address.h"
#include "lib/sys/process.h"

/* The client cannot claim what only a daemon may say. */
#define FLAGS_TAKEN \
	(SUBMIT_SMTPUTF8 | SUBMIT_8BITMIME | SUBMIT_RET_FULL | SUBMIT_RET_HDRS | SUBMIT_GATEWAY)

void
verdict_set(struct message_verdict *v, unsigned code, const char *dsn, const char *text)
{
	*v = (struct message_verdict){
		.code = code,
		.dsn = str_of(dsn),
		.text = str_of(text),
		.queue_id = STR_NONE,
	};
}

static int
refuse(struct message_verdict *v, const char *dsn, const char *text)
{
	verdict_set(v, 550, dsn, text);
	return ERR_REFUSED;
}

static bool
is_domain(struct str domain)
{
	return domain_is_valid(domain) || domain_is_literal(domain);
}

/* Anything that is no address is an error; cleanup completes what has no domain. */
static int
check_address(const struct pickup *p, struct str given)
{
	struct address a = address_from_internal(given);

	if (a.local.n == 0 || a.local.n > ADDRESS_LOCAL_MAX || str_has_control(given))
		return ERR_SYNTAX;
	if (a.local.p[0] == '-' && !p->allow_minus)
		return ERR_SYNTAX;
	return a.domain.n == 0 || is_domain(a.domain) ? 0 : ERR_SYNTAX;
}

static int
check_recipients(
    const struct pickup *p, const struct message_submit *given, struct message_submit *out)
{
	for (uint32_t i = 0; i < given->recipients_count; i++) {
		if (check_address(p, given->recipients[i].address) < 0 ||
		    str_has_control(given->recipients[i].original))
			return ERR_SYNTAX;
	}
	out->recipients = given->recipients;
	out->recipients_count = given->recipients_count;
	return 0;
}

static void
copy_own(const struct message_submit *given, uid_t uid, struct message_submit *out)
{
	*out = (struct message_submit){
		.sender = given->sender,
		.flags = (given->flags & FLAGS_TAKEN) | SUBMIT_LOCAL,
		.envid = given->envid,
		.full_name = given->full_name,
		.uid = uid,
		.size = given->size,
	};
}

/* Only who may write the queue can say how a message came into it. */
static bool
is_requeued(const struct message_submit *given, uid_t uid)
{
	return given->previous_id.n != 0 && (uid == 0 || uid == sys_effective_uid());
}

int
envelope_complete(const struct pickup *p, const struct message_submit *given, uid_t uid,
    struct message_submit *out, struct message_verdict *verdict)
{
	if (is_requeued(given, uid))
		*out = *given;
	else
		copy_own(given, uid, out);
	submit_options_apply(&p->options, out);
	if (given->recipients_count == 0)
		return refuse(verdict, "5.5.1", "no recipients");
	if (str_has_control(given->envid) || str_has_control(given->full_name))
		return refuse(verdict, "5.5.4", "a control character in the envelope");
	if (given->sender.n != 0 && check_address(p, given->sender) < 0)
		return refuse(verdict, "5.1.7", "bad sender address");
	if (check_recipients(p, given, out) < 0)
		return refuse(verdict, "5.1.3", "bad recipient address");
	return 0;
}
