/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smtp_load: many SMTP clients at once, for measurements.
 *
 *	smtp_load [-s sessions] [-m messages] [-l bytes] [-r recipients] [-k] [-p] [-i]
 *		[-f sender] [-t recipient] address port
 *
 * Sends `messages` messages over `sessions` sessions at a time: a connection for each, or with -k
 * one for all that a session sends. With -p the envelope commands of a message leave together.
 * A '%' in the recipient becomes the recipient's number. One line of JSON says what happened:
 * messages per second, and how long one took from its connection (-k: from MAIL) to the reply to
 * its final dot.
 *
 * With -i nothing is sent: the sessions are opened and say EHLO, "ready" is printed, and they are
 * held until the standard input ends.
 *
 * A step machine on epoll and nothing of Postroad's own library but text and numbers: what measures
 * shares neither the loop nor the faults of what is measured, and costs little beside it. Threads
 * would be simpler, and cost more than the server.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/base/str.h"
#include "lib/base/ticks.h"

#define EXIT_USAGE   64
#define EVENTS_MAX   256
#define REPLY_MAX    4096
#define COMMANDS_MAX ((size_t)16 * 1024 * 1024)
#define STALL        (60 * TICKS_SECOND) /* nothing moves for so long: give up */

/* What a session waits for. */
enum step {
	STEP_GREETING,
	STEP_EHLO,
	STEP_ENVELOPE, /* MAIL, RCPT, DATA: `expected` says which */
	STEP_STORED,
	STEP_QUIT,
	STEP_CLOSED,
	STEP_HELD,
};

struct session {
	int fd;
	enum step step;
	unsigned replies_seen; /* in STEP_ENVELOPE */
	int64_t started;
	char line[REPLY_MAX];
	size_t line_used;
	struct str out, out_next; /* what is still to be sent: commands, then content */
};

static struct {
	uint64_t sessions, messages, bytes, recipients;
	bool keep, pipelining, idle;
	const char *sender, *recipient;
	struct sockaddr_in server;
} options = { .sessions = 20,
	.messages = 1000,
	.bytes = 4096,
	.recipients = 1,
	.sender = "sender@example.org",
	.recipient = "user@example.com" };

/* Texts that all sessions send, made once: each command line, and all of them together. */
static struct {
	struct buf envelope;
	struct str *lines; /* MAIL, RCPT…, DATA: parts of envelope */
	unsigned count;
	struct buf content; /* with the final dot */
} texts;

static struct {
	uint64_t begun, sent, failed, held, open;
	int64_t *latencies; /* ticks, one per message sent */
	int64_t progress;
	int epoll;
	char first_failure[REPLY_MAX];
} totals;

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * TICKS_SECOND + t.tv_nsec / 1000;
}

static void
fatal(const char *what)
{
	fprintf(stderr, "smtp_load: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* --- Texts --------------------------------------------------------------------------------- */

static void
add(struct buf *b, const char *text)
{
	if (buf_add(b, str_of(text)) < 0)
		fatal("too many recipients");
}

static void
add_recipient(struct buf *b, uint64_t number)
{
	const char *mark = strchr(options.recipient, '%');

	if (mark == NULL) {
		add(b, options.recipient);
	} else if (buf_addf(b, "%.*s%llu%s", (int)(mark - options.recipient), options.recipient,
	               (unsigned long long)number, mark + 1) < 0) {
		fatal("too many recipients");
	}
}

static void
make_envelope(void)
{
	struct str rest;

	buf_init(&texts.envelope, COMMANDS_MAX);
	add(&texts.envelope, "MAIL FROM:<");
	add(&texts.envelope, options.sender);
	add(&texts.envelope, ">\r\n");
	for (uint64_t i = 0; i < options.recipients; i++) {
		add(&texts.envelope, "RCPT TO:<");
		add_recipient(&texts.envelope, i);
		add(&texts.envelope, ">\r\n");
	}
	add(&texts.envelope, "DATA\r\n");

	texts.lines = mem_array(options.recipients + 2, sizeof(texts.lines[0]));
	rest = buf_str(&texts.envelope);
	while (rest.n > 0) {
		size_t length = (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p) + 1;

		texts.lines[texts.count++] = (struct str){ rest.p, length };
		rest = str_from(rest, length);
	}
}

static void
make_content(void)
{
	static const char line[] =
	    "The quick brown fox jumps over the lazy dog, and then lies down beside it.\r\n";

	buf_init(&texts.content, options.bytes + REPLY_MAX);
	add(&texts.content, "From: <");
	add(&texts.content, options.sender);
	add(&texts.content, ">\r\nTo: <");
	add(&texts.content, options.recipient);
	add(&texts.content, ">\r\nSubject: load\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
	                    "Message-ID: <load@example.org>\r\n\r\n");
	while (texts.content.n < options.bytes)
		add(&texts.content, line);
	add(&texts.content, ".\r\n");
}

/* --- Sessions ------------------------------------------------------------------------------ */

static void
session_close(struct session *s)
{
	close(s->fd);
	s->step = STEP_CLOSED;
	totals.open--;
}

static void
session_open(struct session *s)
{
	static const int on = 1;
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = s };

	*s = (struct session){ .step = STEP_GREETING, .started = now() };
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		fatal("socket");
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(s->fd, (struct sockaddr *)&options.server, sizeof(options.server)) < 0 &&
	    errno != EINPROGRESS)
		fatal("connect");
	if (epoll_ctl(totals.epoll, EPOLL_CTL_ADD, s->fd, &event) < 0)
		fatal("epoll_ctl");
	totals.open++;
	if (!options.idle)
		totals.begun++;
}

/* The session is over; another takes its place while there are messages to begin. */
static void
session_end(struct session *s)
{
	session_close(s);
	if (totals.begun < options.messages && !options.idle)
		session_open(s);
}

static void
session_fail(struct session *s, const char *why)
{
	totals.failed++;
	if (totals.first_failure[0] == '\0')
		snprintf(totals.first_failure, sizeof(totals.first_failure), "%s", why);
	session_end(s);
}

/* Sends what there is to send, as far as the socket takes it. False: the session has failed. */
static bool
session_send(struct session *s)
{
	while (s->out.n > 0) {
		ssize_t n = send(s->fd, s->out.p, s->out.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0) {
			session_fail(s, strerror(errno));
			return false;
		}
		s->out = str_from(s->out, (size_t)n);
		if (s->out.n == 0) {
			s->out = s->out_next;
			s->out_next = STR("");
		}
	}
	return true;
}

static void
session_begin_message(struct session *s)
{
	s->step = STEP_ENVELOPE;
	s->replies_seen = 0;
	s->out = options.pipelining ? buf_str(&texts.envelope) : texts.lines[0];
}

static void
session_hold(struct session *s)
{
	s->step = STEP_HELD;
	if (++totals.held == options.sessions) {
		puts("ready");
		fflush(stdout);
	}
}

static void
session_envelope_reply(struct session *s)
{
	s->replies_seen++;
	if (s->replies_seen == texts.count) {
		s->step = STEP_STORED;
		s->out = buf_str(&texts.content);
	} else if (!options.pipelining) {
		s->out = texts.lines[s->replies_seen];
	}
}

static void
session_stored(struct session *s)
{
	totals.latencies[totals.sent++] = now() - s->started;
	if (options.keep && totals.begun < options.messages) {
		totals.begun++;
		s->started = now();
		session_begin_message(s);
	} else {
		s->step = STEP_QUIT;
		s->out = STR("QUIT\r\n");
	}
}

/* The last line of a reply has come. False: the session is over. */
static bool
session_reply(struct session *s, struct str line)
{
	char expected = s->step == STEP_ENVELOPE && s->replies_seen + 1 == texts.count ? '3' : '2';

	totals.progress = now();
	if (line.p[0] != expected) {
		session_fail(s, s->line);
		return false;
	}
	switch (s->step) {
	case STEP_GREETING:
		s->step = STEP_EHLO;
		s->out = STR("EHLO load.example.org\r\n");
		return true;
	case STEP_EHLO:
		if (options.idle)
			session_hold(s);
		else
			session_begin_message(s);
		return true;
	case STEP_ENVELOPE:
		session_envelope_reply(s);
		return true;
	case STEP_STORED:
		session_stored(s);
		return true;
	default:
		session_end(s);
		return false;
	}
}

/* Takes whole lines from what was read. False: the session is over. */
static bool
session_take_lines(struct session *s)
{
	char *end;

	while ((end = memchr(s->line, '\n', s->line_used)) != NULL) {
		size_t length = (size_t)(end - s->line) + 1;
		struct str line = { s->line, length };

		s->line[length - 1] = '\0';
		if (length < 4 || line.p[3] != '-') {
			if (!session_reply(s, line))
				return false;
		}
		s->line_used -= length;
		memmove(s->line, s->line + length, s->line_used);
	}
	return true;
}

/* False: the session is over. */
static bool
session_receive(struct session *s)
{
	for (;;) {
		ssize_t n = recv(s->fd, s->line + s->line_used, sizeof(s->line) - s->line_used, 0);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0) {
			if (s->step == STEP_QUIT)
				session_end(s);
			else
				session_fail(s, n < 0 ? strerror(errno) : "connection closed");
			return false;
		}
		s->line_used += (size_t)n;
		if (!session_take_lines(s))
			return false;
		if (s->line_used == sizeof(s->line)) {
			session_fail(s, "reply line too long");
			return false;
		}
	}
}

static void
session_event(struct session *s)
{
	bool alive = session_send(s) && session_receive(s);

	/* Replies made new things to send; edges tell of room only once. */
	while (alive && s->out.n > 0 && s->step != STEP_CLOSED) {
		size_t before = s->out.n;

		alive = session_send(s);
		if (alive && s->out.n == before)
			break;
	}
}

/* --- The run ------------------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
percentile_ms(unsigned percent)
{
	if (totals.sent == 0)
		return 0;
	return (double)totals.latencies[(totals.sent - 1) * percent / 100] / TICKS_MS;
}

static void
report(int64_t duration)
{
	double seconds = (double)duration / TICKS_SECOND;

	qsort(totals.latencies, totals.sent, sizeof(totals.latencies[0]), compare);
	printf("{\"sent\": %llu, \"failed\": %llu, \"seconds\": %.3f, \"rate\": %.1f, "
	       "\"p50_ms\": %.2f, \"p90_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}\n",
	    (unsigned long long)totals.sent, (unsigned long long)totals.failed, seconds,
	    (double)totals.sent / seconds, percentile_ms(50), percentile_ms(90), percentile_ms(99),
	    percentile_ms(100));
	if (totals.failed > 0)
		fprintf(stderr, "smtp_load: first failure: %s\n", totals.first_failure);
}

/* One turn of the loop. False: nothing moved for too long. */
static bool
turn(void)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(totals.epoll, events, EVENTS_MAX, 1000);

	for (int i = 0; i < count; i++) {
		struct session *s = events[i].data.ptr;

		if (s == NULL)
			exit(EXIT_SUCCESS); /* -i: the standard input has ended */
		session_event(s);
	}
	return options.idle || now() - totals.progress < STALL;
}

static void
run(void)
{
	struct session *sessions = mem_array(options.sessions, sizeof(*sessions));
	struct epoll_event input = { .events = EPOLLIN, .data.ptr = NULL };
	int64_t started = now();

	totals.progress = started;
	totals.latencies = mem_array(options.messages + 1, sizeof(totals.latencies[0]));
	totals.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (totals.epoll < 0)
		fatal("epoll_create1");
	if (options.idle && epoll_ctl(totals.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) < 0)
		fatal("standard input");
	for (uint64_t i = 0; i < options.sessions; i++) {
		if (!options.idle && totals.begun == options.messages)
			break;
		session_open(&sessions[i]);
		/* A server's backlog has an end: let it take them in as they come. */
		if (i % 100 == 99 && !turn())
			break;
	}
	while (totals.open > 0 && turn())
		continue;
	report(now() - started);
	mem_free(sessions);
}

/* --- Options ------------------------------------------------------------------------------- */

static void
usage(void)
{
	fprintf(stderr, "usage: smtp_load [-s sessions] [-m messages] [-l bytes] [-r recipients] "
	                "[-k] [-p] [-i]\n\t[-f sender] [-t recipient] address port\n");
	exit(EXIT_USAGE);
}

static uint64_t
number(const char *text, uint64_t max)
{
	uint64_t n;

	if (num_parse(str_of(text), max, &n) < 0 || n == 0)
		usage();
	return n;
}

static void
read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "s:m:l:r:f:t:kpi")) != -1) {
		switch (option) {
		case 's':
			options.sessions = number(optarg, 100000);
			break;
		case 'm':
			options.messages = number(optarg, 100000000);
			break;
		case 'l':
			options.bytes = number(optarg, 1 << 30);
			break;
		case 'r':
			options.recipients = number(optarg, 100000);
			break;
		case 'f':
			options.sender = optarg;
			break;
		case 't':
			options.recipient = optarg;
			break;
		case 'k':
			options.keep = true;
			break;
		case 'p':
			options.pipelining = true;
			break;
		case 'i':
			options.idle = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
	options.server.sin_family = AF_INET;
	options.server.sin_port = htons((uint16_t)number(argv[optind + 1], UINT16_MAX));
	if (inet_pton(AF_INET, argv[optind], &options.server.sin_addr) != 1)
		usage();
}

/* Sessions are descriptors: as many as the system allows. */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(int argc, char **argv)
{
	read_options(argc, argv);
	raise_limit();
	make_envelope();
	make_content();
	run();
	return totals.failed == 0 && (options.idle || totals.sent == options.messages)
	           ? EXIT_SUCCESS
	           : EXIT_FAILURE;
}
