/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines, and the arguments of MAIL and RCPT: what is taken is within its bounds. */
#include "tests/fuzz/fuzz.h"

#include "lib/esmtp/chunk.h"
#include "lib/esmtp/command.h"
#include "lib/esmtp/envelope.h"

#define EVERY_EXTENSION 0x3fu

static void
check_text(struct str s)
{
	BUG_ON(str_has_control(s));
}

static void
check_arguments(struct str argument, bool strict)
{
	const struct envelope_rules rules = { .extensions = EVERY_EXTENSION, .strict = strict };
	struct arena arena = ARENA_INIT(1024 + 16 * argument.n);
	struct mail_from mail;
	struct rcpt_to rcpt;
	struct str culprit;

	if (mail_from_parse(argument, &rules, &arena, &mail, &culprit) == REPLY_NONE) {
		check_text(mail.envid);
		check_text(mail.auth);
		check_text(mail.sender.local);
		BUG_ON(mail.sender.utf8 && !mail.smtputf8);
	}
	if (rcpt_to_parse(argument, &rules, &arena, &rcpt, &culprit) == REPLY_NONE) {
		check_text(rcpt.original);
		check_text(rcpt.original_type);
		BUG_ON(address_is_null(&rcpt.recipient));
	}
	arena_drop(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str line = fuzz_str(data, size);
	struct command c;
	struct chunk chunk;

	if (command_parse(line, &c) < 0)
		return 0;
	BUG_ON(c.name.n == 0 || c.verb > VERB_UNKNOWN);
	BUG_ON(chunk_parse(c.argument, &chunk) == 0 && chunk.size > INT64_MAX);
	check_arguments(c.argument, true);
	check_arguments(c.argument, false);
	return 0;
}
