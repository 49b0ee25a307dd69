/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules are parsed once and again when the shared file's generation changes, into a small table
 * that every check walks: a check with no rules is two loads and a compare.
 */
#include "lib/sys/fault.h"

#ifdef ENABLE_FAULTS

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/base/str.h"

#define RULES_MAX  12
#define FILE_SIZE  4096
#define FILE_MAGIC 0x54465250u
#define SHORT      1 /* in place of an errno */

struct shared {
	uint32_t magic;
	_Atomic uint32_t generation;
	_Atomic uint32_t fired[RULES_MAX];
	char padding[8];
	char rules[FILE_SIZE - 64];
};

_Static_assert(offsetof(struct shared, rules) == 64, "as fault.h says");

enum action {
	ACTION_KILL,
	ACTION_STOP,
	ACTION_SLEEP,
	ACTION_FAIL,
};

struct rule {
	enum action action;
	char point[48];       /* "*": any */
	enum fault_kind kind; /* ACTION_FAIL */
	int failure;          /* -errno or SHORT */
	uint64_t first, last; /* of the passes */
	uint64_t passes;
	int64_t ms; /* ACTION_SLEEP */
};

static struct {
	bool ready;
	struct shared *shared; /* NULL: none */
	uint32_t generation;
	struct rule rules[RULES_MAX];
	size_t index[RULES_MAX]; /* in the text: of fired[] */
	size_t count;
	unsigned fired;
	void (*synced)(int fd);
} state;

static const char *const kinds[FAULT_KIND_COUNT] = {
	[FAULT_OPEN] = "open",
	[FAULT_READ] = "read",
	[FAULT_WRITE] = "write",
	[FAULT_SYNC] = "sync",
	[FAULT_RENAME] = "rename",
	[FAULT_LINK] = "link",
	[FAULT_UNLINK] = "unlink",
	[FAULT_MKDIR] = "mkdir",
	[FAULT_TRUNCATE] = "truncate",
	[FAULT_ACCEPT] = "accept",
	[FAULT_RECEIVE] = "receive",
	[FAULT_SEND] = "send",
	[FAULT_CONNECT] = "connect",
	[FAULT_SOCKET] = "socket",
	[FAULT_FORK] = "fork",
	[FAULT_WAIT] = "wait",
	[FAULT_LOCK] = "lock",
	[FAULT_STAT] = "stat",
};

static const struct {
	const char *name;
	int failure;
} failures[] = {
	{ "SHORT", SHORT },
	{ "EIO", -EIO },
	{ "EINVAL", -EINVAL },
	{ "ENOSPC", -ENOSPC },
	{ "EDQUOT", -EDQUOT },
	{ "EMFILE", -EMFILE },
	{ "ENFILE", -ENFILE },
	{ "ENOMEM", -ENOMEM },
	{ "EACCES", -EACCES },
	{ "EPERM", -EPERM },
	{ "EROFS", -EROFS },
	{ "ENOENT", -ENOENT },
	{ "EEXIST", -EEXIST },
	{ "EAGAIN", -EAGAIN },
	{ "EPIPE", -EPIPE },
	{ "ECONNRESET", -ECONNRESET },
	{ "ECONNREFUSED", -ECONNREFUSED },
	{ "ECONNABORTED", -ECONNABORTED },
	{ "ETIMEDOUT", -ETIMEDOUT },
	{ "ENOBUFS", -ENOBUFS },
	{ "EFBIG", -EFBIG },
};

NORETURN static void
reject(struct str rule, const char *what)
{
	fprintf(stderr, "fault rule \"%.*s\": %s\n", STR_ARG(rule), what);
	abort();
}

static bool
parse_action(struct str word, enum action *out)
{
	static const char *const names[] = { "kill", "stop", "sleep", "fail" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_equal(word, str_of(names[i]))) {
			*out = (enum action)i;
			return true;
		}
	}
	return false;
}

static bool
parse_kind(struct str word, enum fault_kind *out)
{
	for (size_t i = 0; i < FAULT_KIND_COUNT; i++) {
		if (str_equal(word, str_of(kinds[i]))) {
			*out = (enum fault_kind)i;
			return true;
		}
	}
	return false;
}

static bool
parse_failure(struct str word, int *out)
{
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		if (str_equal(word, str_of(failures[i].name))) {
			*out = failures[i].failure;
			return true;
		}
	}
	return false;
}

/* "5", "5-9", "5-". */
static bool
parse_passes(struct str word, struct rule *r)
{
	struct str first = str_part(word, 0, str_index(word, '-'));
	struct str last = str_from(word, first.n + 1);

	if (num_parse(first, UINT64_MAX, &r->first) < 0 || r->first == 0)
		return false;
	r->last = first.n == word.n ? r->first : UINT64_MAX;
	return last.n == 0 || num_parse(last, UINT64_MAX, &r->last) == 0;
}

/* False: the rule is for another program. */
static bool
parse_option(struct str rule, struct str word, struct rule *r)
{
	uint64_t ms;

	if (str_starts(word, STR("program=")))
		return str_equal(str_from(word, 8), str_of(program_invocation_short_name));
	if (!str_starts(word, STR("ms=")) || num_parse(str_from(word, 3), 60000, &ms) < 0)
		reject(rule, "unknown option");
	r->ms = (int64_t)ms;
	return true;
}

static void
parse_what(struct str rule, struct str *rest, struct rule *r)
{
	struct str word;

	if (!str_split(rest, ':', &word))
		reject(rule, "no point or kind");
	if (r->action != ACTION_FAIL) {
		if (word.n >= sizeof(r->point))
			reject(rule, "the point's name is too long");
		memcpy(r->point, word.p, word.n);
		return;
	}
	if (!parse_kind(word, &r->kind))
		reject(rule, "unknown kind of call");
	if (!str_split(rest, ':', &word) || !parse_failure(word, &r->failure))
		reject(rule, "unknown failure");
}

/* False: the rule is for another program. */
static bool
parse_rule(struct str rule, struct rule *r)
{
	struct str rest = rule, word;
	bool ours = true;

	if (!str_split(&rest, ':', &word) || !parse_action(word, &r->action))
		reject(rule, "unknown action");
	parse_what(rule, &rest, r);
	if (!str_split(&rest, ':', &word) || !parse_passes(word, r))
		reject(rule, "no number of the pass");
	while (str_split(&rest, ':', &word))
		ours = parse_option(rule, word, r) && ours;
	return ours;
}

static void
parse(struct str text)
{
	struct str word;

	state.count = 0;
	state.fired = 0;
	for (size_t i = 0; str_word(&text, " \n", &word); i++) {
		struct rule r = { .passes = 0 };

		if (i == RULES_MAX)
			reject(word, "too many rules");
		if (parse_rule(word, &r)) {
			state.index[state.count] = i;
			state.rules[state.count++] = r;
		}
	}
}

static void
map(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *p = MAP_FAILED;

	if (fd >= 0)
		p = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || ((struct shared *)p)->magic != FILE_MAGIC)
		reject(str_of(path), "no control file");
	close(fd);
	state.shared = p;
}

static void
refresh(void)
{
	const char *text;

	if (!state.ready) {
		state.ready = true;
		if ((text = getenv("POSTROAD_FAULT_FILE")) != NULL)
			map(text);
		if ((text = getenv("POSTROAD_FAULT")) != NULL)
			parse(str_of(text));
	}
	if (state.shared != NULL) {
		uint32_t now = atomic_load(&state.shared->generation);

		if (now != state.generation) {
			state.generation = now;
			parse(str_of(state.shared->rules));
		}
	}
}

void
fault_rules(const char *rules)
{
	parse(str_of(rules));
	state.ready = rules != NULL;
}

void
fault_observe_sync(void (*synced)(int fd))
{
	state.synced = synced;
}

void
fault_synced(int fd)
{
	if (state.synced != NULL)
		state.synced(fd);
}

unsigned
fault_fired(void)
{
	return state.fired;
}

/* Whether this pass is one the rule speaks of. */
static bool
is_due(struct rule *r)
{
	uint64_t pass = ++r->passes;

	return pass >= r->first && pass <= r->last;
}

/* From the file, once over all processes. */
static bool
take(size_t i)
{
	uint32_t none = 0;

	return state.shared == NULL ||
	       atomic_compare_exchange_strong(&state.shared->fired[state.index[i]], &none, 1);
}

static void
act(const struct rule *r)
{
	struct timespec pause = { .tv_sec = r->ms / 1000, .tv_nsec = r->ms % 1000 * 1000000 };

	state.fired++;
	if (r->action == ACTION_SLEEP)
		(void)nanosleep(&pause, NULL);
	else
		(void)kill(getpid(), r->action == ACTION_KILL ? SIGKILL : SIGSTOP);
}

void
fault_point(const char *name)
{
	refresh();
	for (size_t i = 0; i < state.count; i++) {
		struct rule *r = &state.rules[i];

		if (r->action == ACTION_FAIL ||
		    (strcmp(r->point, "*") != 0 && strcmp(r->point, name) != 0))
			continue;
		if (is_due(r) && take(i))
			act(r);
	}
}

static int
fail(size_t i, size_t *size)
{
	state.fired++;
	if (state.shared != NULL)
		atomic_fetch_add(&state.shared->fired[state.index[i]], 1);
	if (state.rules[i].failure != SHORT)
		return state.rules[i].failure;
	if (size != NULL && *size > 1)
		*size /= 2;
	return 0;
}

int
fault_call(enum fault_kind kind, size_t *size)
{
	int result = 0;

	refresh();
	for (size_t i = 0; i < state.count && result == 0; i++) {
		struct rule *r = &state.rules[i];

		if (r->action == ACTION_FAIL && r->kind == kind && is_due(r))
			result = fail(i, size);
	}
	return result;
}

#endif
