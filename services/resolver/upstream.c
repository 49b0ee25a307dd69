/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libunbound resolves on a thread of its own, with its own loop, and hands answers back through a
 * descriptor that our loop watches: its work, on packets from strangers, never delays ours, and needs
 * no room on a task's stack. The other way, its callbacks on our loop, saves a hand-over per question,
 * but leaves us with packets to parse, where this way gives us records.
 *
 * Its calls that read files and settings hold lines of 64 KiB on their stack, and the first question does
 * the rest of the setting up; so all that happens on an offload thread.
 */
#include "services/resolver/upstream.h"

#include "lib/base/buf.h"
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"
#include "lib/dns/record.h"
#include "lib/dns/type.h"
#include "lib/run/offload.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "services/resolver/hosts.h"

#define CLASS_IN    1
#define SERVER_MAX  128
#define HOSTS_MAX   ((size_t)4 * 1024 * 1024)
#define OPTION_NOTE "libunbound does not know its option"

/* --- Making one ------------------------------------------------------------------------------ */

static int
set_options(struct ub_ctx *context, struct why *why)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{ "do-not-query-localhost:",
		    "no" },                      /* a name server of this host is one like others */
		{ "unblock-lan-zones:", "yes" }, /* names of private addresses: who knows, tells */
		{ "insecure-lan-zones:", "yes" },
		{ "qname-minimisation:", "yes" },
		{ "edns-buffer-size:", "1232" },
		{ "outgoing-range:", "400" },
		{ "num-queries-per-thread:", "2048" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (ub_ctx_set_option(context, rows[i].name, rows[i].value) != 0) {
			why_set(why, OPTION_NOTE " %s", rows[i].name);
			return ERR_UNSUPPORTED;
		}
	}
	return 0;
}

static int
check(int error, const char *what, struct why *why)
{
	if (error == 0)
		return 0;
	why_set(why, "%s: %s", what, ub_strerror(error));
	return ERR_SYNTAX;
}

/* "192.0.2.1:5353" and "[2001:db8::1]:5353" become what libunbound reads, "192.0.2.1@5353". */
static int
add_server(struct ub_ctx *context, struct str server, struct why *why)
{
	AUTO(buf) text = BUF_INIT(SERVER_MAX);
	bool in_brackets = str_starts(server, STR("["));
	size_t end = in_brackets ? str_index(server, ']') : str_rindex(server, ':');
	struct str host = str_part(server, in_brackets, end - in_brackets), port;

	if (!in_brackets && str_index(server, ':') != str_rindex(server, ':')) {
		host = server; /* an IPv6 address without brackets has no port */
		end = server.n;
	}
	port = str_from(server, end + in_brackets);
	if (str_starts(port, STR(":")))
		port = str_from(port, 1);
	if (buf_add(&text, host) < 0 ||
	    (port.n != 0 && buf_addf(&text, "@%.*s", STR_ARG(port)) < 0)) {
		why_set(why, "%.*s: too long", STR_ARG(server));
		return ERR_TOO_LONG;
	}
	return check(ub_ctx_set_fwd(context, buf_text(&text)), buf_text(&text), why);
}

static int
add_servers(struct ub_ctx *context, const struct upstream_options *o, struct why *why)
{
	int result = 0;

	if (o->resolv_conf != NULL)
		return check(ub_ctx_resolvconf(context, o->resolv_conf), o->resolv_conf, why);
	for (size_t i = 0; i < o->server_count && result == 0; i++)
		result = add_server(context, o->servers[i], why);
	return result;
}

/* A name of the hosts file. Other types of records of that name are asked for as ever. */
static int
add_host(struct ub_ctx *context, const struct hosts *h, struct why *why)
{
	AUTO(buf) text = BUF_INIT(HOSTS_RECORD_MAX);
	int result = hosts_forward(h, &text);
	char name[DNS_NAME_MAX + 1];

	memcpy(name, h->name.p, h->name.n);
	name[h->name.n] = '\0';
	if (result == 0)
		result = check(ub_ctx_zone_add(context, name, "typetransparent"), name, why);
	if (result == 0)
		result = check(ub_ctx_data_add(context, buf_text(&text)), buf_text(&text), why);
	if (result == 0 && h->is_first)
		result = hosts_reverse(h, &text);
	if (result == 0 && h->is_first)
		result = check(ub_ctx_data_add(context, buf_text(&text)), buf_text(&text), why);
	return result;
}

static int
add_hosts(struct ub_ctx *context, const char *path, struct why *why)
{
	AUTO(buf) text = BUF_INIT(HOSTS_MAX);
	struct hosts hosts;
	int result = sys_read_file(path, &text);

	if (result < 0)
		why_set(why, "%s: %s", path, err_text(result));
	hosts_init(&hosts, buf_str(&text));
	while (result == 0 && hosts_next(&hosts))
		result = add_host(context, &hosts, why);
	return result;
}

static void
discard_answer(void *arg, int error, struct ub_result *result)
{
	(void)arg;
	(void)error;
	ub_resolve_free(result);
}

/* What an offload thread prepares. */
struct making {
	struct why no_servers, no_hosts; /* done without, and why; empty: there are */
	const struct upstream_options *options;
	struct ub_ctx *context;
	struct why *why;
};

static int
set_sources(struct making *m)
{
	const struct upstream_options *o = m->options;
	bool may_lack = o->resolv_conf != NULL;
	int result = add_servers(m->context, o, may_lack ? &m->no_servers : m->why);

	if (result < 0 && !may_lack)
		return result;
	if (o->trust_anchor == NULL)
		return 0;
	return check(ub_ctx_add_ta_file(m->context, o->trust_anchor), o->trust_anchor, m->why);
}

static int
prepare(void *arg)
{
	struct making *m = arg;
	int result = set_options(m->context, m->why);

	if (result == 0)
		result = set_sources(m);
	if (result == 0)
		result = check(ub_ctx_async(m->context, 1), "libunbound", m->why);
	if (result == 0 && m->options->hosts != NULL)
		(void)!add_hosts(m->context, m->options->hosts, &m->no_hosts);
	if (result == 0)
		result = check(ub_resolve_async(m->context, "localhost.", DNS_A, CLASS_IN, NULL,
		                   discard_answer, NULL),
		    "libunbound", m->why);
	return result;
}

PARKS static void
read_answers(void *arg)
{
	struct upstream *u = arg;

	while (watch_in(&u->watch, TICKS_NEVER) == 0) {
		int error = ub_process(u->context);

		if (error != 0)
			log_warning("libunbound: %s", ub_strerror(error));
	}
}

static void
log_note(const struct why *note)
{
	if (note->text[0] != '\0')
		log_warning("%s", note->text);
}

PARKS static int
make_context(struct upstream *u, const struct upstream_options *o, struct why *why)
{
	struct making m = {
		.no_servers = WHY_INIT,
		.no_hosts = WHY_INIT,
		.options = o,
		.context = ub_ctx_create(),
		.why = why,
	};
	int result;

	BUG_ON(m.context == NULL); /* out of memory */
	u->context = m.context;
	result = offload(prepare, &m);
	log_note(&m.no_servers);
	log_note(&m.no_hosts);
	return result;
}

static int
start_reader(struct upstream *u, struct why *why)
{
	int result = watch_open(&u->watch, ub_fd(u->context));

	if (result == 0) {
		result = task_start(&u->reader, "answers", read_answers, u);
		if (result < 0)
			watch_close(&u->watch);
	}
	if (result < 0)
		why_set(why, "cannot wait for libunbound: %s", err_text(result));
	return result;
}

/* Waits for libunbound's thread. */
static int
delete_context(void *arg)
{
	ub_ctx_delete(arg);
	return 0;
}

PARKS static void
free_context(struct upstream *u)
{
	if (offload(delete_context, u->context) < 0) /* in a task that is cancelled */
		(void)delete_context(u->context);
	mem_free(u);
}

struct upstream *
upstream_new(const struct upstream_options *o, struct why *why)
{
	struct upstream *u = NEW(struct upstream);

	group_init(&u->reader);
	if (make_context(u, o, why) == 0 && start_reader(u, why) == 0)
		return u;
	free_context(u);
	return NULL;
}

void
upstream_free(struct upstream *u)
{
	BUG_ON(u->users != 0);
	watch_close(&u->watch);
	group_end(&u->reader);
	free_context(u);
}

/* --- Asking ---------------------------------------------------------------------------------- */

struct question {
	struct cond answered;
	bool has_answer;
	int error; /* of libunbound */
	struct ub_result *result;
};

static void
take_answer(void *arg, int error, struct ub_result *result)
{
	struct question *q = arg;

	q->has_answer = true;
	q->error = error;
	q->result = result;
	cond_broadcast(&q->answered);
}

int
upstream_ask(struct upstream *u, const char *name, unsigned type, struct ub_result **result,
    int64_t deadline, struct why *why)
{
	struct question q = { .has_answer = false };
	int id = 0, waited = 0;

	cond_init(&q.answered);
	q.error = ub_resolve_async(u->context, name, (int)type, CLASS_IN, &q, take_answer, &id);
	if (q.error == 0) {
		while (!q.has_answer && waited == 0)
			waited = cond_wait(&q.answered, deadline);
	}
	if (waited < 0 && !q.has_answer) {
		(void)ub_cancel(u->context, id);
		why_set(why, "no answer in time");
		return waited;
	}
	if (q.error != 0) {
		ub_resolve_free(q.result);
		why_set(why, "%s", ub_strerror(q.error));
		return ERR_TEMPORARY;
	}
	*result = q.result;
	return 0;
}
