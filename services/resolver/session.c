/* SPDX-License-Identifier: BSD-2-Clause */
/* One task reads the questions of a client; each gets a task of its own, which waits and answers. */
#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/dns/dns.h"
#include "lib/dns/record.h"
#include "lib/run/run.h"
#include "services/resolver/resolver.h"

#define SEND_TIMEOUT (60 * TICKS_SECOND)
#define ANSWER_ARENA ((size_t)256 * 1024)
#define WORDS_MAX    512

struct session {
	struct resolver *resolver;
	struct channel *channel;
	struct group questions;
	unsigned count;
};

struct question {
	struct session *session;
	uint32_t request;
	unsigned type;
	char name[DNS_NAME_MAX + 2]; /* with a final dot */
};

/* --- Answers --------------------------------------------------------------------------------- */

/* Words that may quote names of strangers. */
static void
set_words(struct message_dns_answer *m, struct arena *arena, const char *text)
{
	struct str words = arena_str(arena, str_part(str_of(text), 0, WORDS_MAX));
	char *p = arena_text(arena, words);

	for (size_t i = 0; i < words.n; i++) {
		if ((unsigned char)p[i] < ' ' || (unsigned char)p[i] > '~')
			p[i] = '?';
	}
	m->words = str_make(p, words.n);
}

static void
set_name(struct message_dns_answer *m, struct arena *arena, const struct question *q,
    const struct ub_result *r)
{
	struct str name = str_of(r->canonname != NULL ? r->canonname : q->name);
	char *p;

	if (name.n > 1 && str_ends(name, STR(".")))
		name = str_part(name, 0, name.n - 1);
	p = arena_text(arena, str_part(name, 0, DNS_NAME_MAX));
	m->name = str_of(p);
	for (; *p != '\0'; p++)
		*p = char_lower(*p);
}

static void
set_records(struct message_dns_answer *m, struct arena *arena, const struct ub_result *r)
{
	uint32_t n = 0;

	m->records = ARENA_ARRAY(arena, struct message_dns_record, DNS_RECORDS_MAX);
	for (; n < DNS_RECORDS_MAX && r->data[n] != NULL; n++)
		m->records[n].data = str_make(r->data[n], (size_t)r->len[n]);
	m->records_count = n;
}

static const char *
rcode_words(int rcode)
{
	static const char *const words[] = {
		[1] = "the name servers found the question malformed",
		[2] = "the name servers have no answer now (SERVFAIL)",
		[4] = "the name servers do not do this (NOTIMP)",
		[5] = "the name servers refuse to answer (REFUSED)",
	};

	if (rcode < 0 || rcode >= (int)ARRAY_LEN(words) || words[rcode] == NULL)
		return "the name servers failed";
	return words[rcode];
}

/* The parts of the answer that libunbound has found out, in our words. */
static void
set_result(struct message_dns_answer *m, struct arena *arena, const struct question *q,
    const struct ub_result *r)
{
	m->result = DNS_RESULT_UNKNOWN;
	if (r->bogus) {
		m->security = DNS_BOGUS;
		set_words(m, arena, r->why_bogus != NULL ? r->why_bogus : "bogus");
		return;
	}
	if (r->rcode != 0 && !r->nxdomain) {
		set_words(m, arena, rcode_words(r->rcode));
		return;
	}
	m->security = r->secure ? DNS_SECURE : DNS_INSECURE;
	m->ttl = r->ttl > 0 ? (uint32_t)r->ttl : 0;
	set_name(m, arena, q, r);
	m->result = r->nxdomain ? DNS_RESULT_NO_NAME : DNS_RESULT_NO_DATA;
	if (r->havedata) {
		m->result = DNS_RESULT_FOUND;
		set_records(m, arena, r);
	}
}

/* --- Questions ------------------------------------------------------------------------------- */

PARKS static void
answer(void *arg)
{
	struct question *q = arg;
	struct session *s = q->session;
	AUTO(arena) arena = ARENA_INIT(ANSWER_ARENA);
	struct message_dns_answer m = { .result = DNS_RESULT_UNKNOWN };
	struct ub_result *found = NULL;
	struct why why = WHY_INIT;

	if (resolver_ask(s->resolver, q->name, q->type, &found, &why) == 0)
		set_result(&m, &arena, q, found);
	else
		set_words(&m, &arena, why.text);
	/* A client that has gone is noticed by its reader. */
	(void)!channel_send_dns_answer(s->channel, q->request, &m, run_deadline(SEND_TIMEOUT));
	ub_resolve_free(found);
	s->count--;
	mem_free(q);
}

static int
take_question(struct session *s, const struct frame *f)
{
	struct message_dns_question m;
	struct question *q;
	int result = message_decode_dns_question(f, NULL, &m);

	if (result < 0)
		return result;
	if (s->count >= RESOLVER_QUESTIONS_MAX || !dns_name_is_valid(m.name) || m.type == 0 ||
	    m.type > UINT16_MAX)
		return ERR_PROTOCOL;
	q = NEW(struct question);
	q->session = s;
	q->request = f->request;
	q->type = m.type;
	memcpy(q->name, m.name.p, m.name.n);
	s->count++;
	result = task_start(&s->questions, "question", answer, q);
	if (result < 0) {
		s->count--;
		mem_free(q);
	}
	return result;
}

int
session_serve(struct resolver *r, struct channel *c)
{
	struct session s = { .resolver = r, .channel = c };
	struct frame f;
	int result;

	group_init(&s.questions);
	do {
		result = channel_receive(c, &f, TICKS_NEVER);
		if (result == 0)
			result = take_question(&s, &f);
	} while (result == 0);
	group_end(&s.questions);
	return result;
}
