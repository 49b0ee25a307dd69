/* SPDX-License-Identifier: BSD-2-Clause */
/* postroad dns NAME [TYPE]: what the suite's resolver says, and how sure it is. */
#include "tools/postroad.h"

#include <stdio.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/dns/dns.h"
#include "lib/dns/record.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"

#define OUTPUT_MAX ((size_t)1024 * 1024)
#define PATIENCE   (60 * TICKS_SECOND)

struct query {
	const char *path;
	struct str name;
	unsigned type;
	struct arena arena;
	struct dns_answer answer;
	struct why why;
	int result;
};

PARKS static void
ask(void *arg)
{
	struct query *q = arg;
	struct dns dns;

	dns_init(&dns, q->path, "postroad", PATIENCE);
	q->result = dns_find(
	    &dns, q->name, q->type, &q->arena, &q->answer, run_deadline(PATIENCE), &q->why);
	dns_drop(&dns);
}

static const char *
security_words(enum dns_security security)
{
	static const char *const words[] = {
		[DNS_INSECURE] = "insecure",
		[DNS_SECURE] = "secure",
		[DNS_BOGUS] = "bogus",
	};

	return words[security];
}

static const char *
type_text(unsigned type, char number[20])
{
	const char *name = dns_type_name(type);

	if (name != NULL)
		return name;
	snprintf(number, 20, "TYPE%u", type);
	return number;
}

/* NAME TTL TYPE DATA, as in a zone file; then a line that says how sure that is. */
static int
format(const struct query *q, struct buf *out)
{
	const struct dns_answer *a = &q->answer;
	char number[20];
	const char *type = type_text(q->type, number);
	int result = 0;

	for (uint32_t i = 0; i < a->count && result == 0; i++) {
		result = buf_addf(out, "%.*s\t%u\t%s\t", STR_ARG(a->name), a->ttl, type);
		if (result == 0)
			result = dns_record_add_text(q->type, a->records[i], out);
		if (result == 0)
			result = buf_add_byte(out, '\n');
	}
	if (result == 0 && a->count == 0)
		result = buf_addf(out, "%.*s has no %s record%s\n", STR_ARG(q->name), type,
		    a->name_exists ? "" : ": there is no such name");
	if (result == 0)
		result = buf_addf(out, "; %s\n", security_words(a->security));
	return result;
}

static void
set_question(struct query *q, char *const *words)
{
	const char *type = words[0] != NULL && words[1] != NULL ? words[1] : "A";

	if (words[0] == NULL || (words[1] != NULL && words[2] != NULL))
		command_fail(EX_USAGE, "usage: postroad dns name [type]");
	q->name = str_of(words[0]);
	q->type = dns_type_find(str_of(type));
	if (q->type == 0)
		command_fail(EX_USAGE, "%s: no type of DNS record that is known", type);
}

int
show_dns(struct context *x)
{
	AUTO(buf) out = BUF_INIT(OUTPUT_MAX);
	struct query q = {
		.path = arena_printf(&x->arena, "%s/public/resolver", x->queue_directory),
		.arena = ARENA_INIT(OUTPUT_MAX),
		.why = WHY_INIT,
		.result = ERR_TEMPORARY,
	};

	set_question(&q, x->words);
	if (run_init(&(struct run_options){ .simulated = false }) < 0 || run_main(ask, &q) < 0)
		command_fail(EX_OSERR, "cannot start a task");
	run_drop();
	if (q.result < 0)
		command_fail(q.result == ERR_SYNTAX ? EX_USAGE : EX_TEMPFAIL, "%s%s", q.why.text,
		    q.answer.security == DNS_BOGUS ? "; bogus" : "");
	if (format(&q, &out) < 0)
		command_fail(EX_SOFTWARE, "the answer is too long");
	command_print(buf_str(&out));
	arena_drop(&q.arena);
	return EX_OK;
}
