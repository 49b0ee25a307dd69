/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the runtime costs: a switch, a wait with a deadline, a task's life, and the memory of parked
 * tasks, as the kernel counts it (PSS), with their page tables and mappings apart.
 *
 *	bench_run [TASKS]        default 10000
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/num.h"
#include "lib/run/run.h"
#include "lib/run/task.h"
#include "lib/sys/clock.h"

#define ROUNDS 1000000

static void
die(const char *what)
{
	fprintf(stderr, "bench_run: %s\n", what);
	exit(EXIT_FAILURE);
}

/* A "Name:   123 kB" line of a file in /proc, in bytes. */
static uint64_t
proc_figure(const char *path, const char *name)
{
	char line[256];
	uint64_t value = 0;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		die(path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name), NULL, 10) * 1024;
	}
	fclose(f);
	return value;
}

static uint64_t
mappings(void)
{
	uint64_t lines = 0;
	int c;
	FILE *f = fopen("/proc/self/maps", "re");

	if (f == NULL)
		die("/proc/self/maps");
	while ((c = getc(f)) != EOF)
		lines += c == '\n';
	fclose(f);
	return lines;
}

static void
print_rate(const char *what, int64_t began, uint64_t count)
{
	double ns = (double)(sys_clock_monotonic() - began) * 1000.0;

	printf("%-44s %8.1f ns\n", what, ns / (double)count);
}

/* --- Switches ------------------------------------------------------------------------------- */

struct pair {
	struct cond to, fro;
	int64_t deadline;
};

static void
pong(void *arg)
{
	struct pair *p = arg;

	while (cond_wait(&p->to, p->deadline) == 0)
		cond_signal(&p->fro);
}

static void
ping(const char *what, int64_t deadline)
{
	struct pair p = { .deadline = deadline };
	struct group g;
	int64_t began;

	cond_init(&p.to);
	cond_init(&p.fro);
	group_init(&g);
	if (task_start(&g, "pong", pong, &p) < 0 || task_yield() < 0)
		die("no task");
	began = sys_clock_monotonic();
	for (int i = 0; i < ROUNDS / 2; i++) {
		cond_signal(&p.to);
		if (cond_wait(&p.fro, deadline) < 0)
			die("lost a wake-up");
	}
	print_rate(what, began, ROUNDS);
	group_end(&g);
}

static void
nothing(void *arg)
{
	(void)arg;
}

static void
lives(void)
{
	struct group g;
	int64_t began = sys_clock_monotonic();

	group_init(&g);
	for (int i = 0; i < ROUNDS / 10; i++) {
		if (task_start(&g, "short", nothing, NULL) < 0 || group_wait(&g, TICKS_NEVER) < 0)
			die("no task");
	}
	print_rate("a task's life (start, run, end)", began, ROUNDS / 10);
}

/* --- Memory --------------------------------------------------------------------------------- */

struct figures {
	uint64_t pss, page_tables, mappings;
};

static struct figures
figures_now(void)
{
	return (struct figures){
		.pss = proc_figure("/proc/self/smaps_rollup", "Pss:"),
		.page_tables = proc_figure("/proc/self/status", "VmPTE:"),
		.mappings = mappings(),
	};
}

static void
print_memory(const char *what, struct figures before, uint64_t tasks)
{
	struct figures now = figures_now();
	double n = (double)tasks;

	printf("%-44s %8.0f bytes PSS, %.0f bytes page tables, %.2f mappings\n", what,
	    ((double)now.pss - (double)before.pss) / n,
	    ((double)now.page_tables - (double)before.page_tables) / n,
	    ((double)now.mappings - (double)before.mappings) / n);
}

static struct cond never;

static void
wait_for_ever(void *arg)
{
	(void)arg;
	(void)!cond_wait(&never, TICKS_NEVER);
}

/* As a session does that once made a TLS handshake and then idles. */
static void
touch_and_wait(void *arg)
{
	volatile char deep[48 * 1024];

	for (size_t i = 0; i < sizeof(deep); i += 1024)
		deep[i] = 1;
	if (task_yield() == 0)
		wait_for_ever(arg);
}

static void
parked(const char *what, void (*fn)(void *), uint64_t tasks, int64_t pause)
{
	struct figures before = figures_now();
	struct group g;
	char words[100];
	int64_t began;

	cond_init(&never);
	group_init(&g);
	for (uint64_t i = 0; i < tasks; i++) {
		if (task_start(&g, "parked", fn, NULL) < 0)
			die("no stack to be had: is vm.max_map_count 65530 or more?");
	}
	if (task_yield() < 0 || task_yield() < 0)
		die("cancelled");
	print_memory(what, before, tasks);
	if (pause != 0 && task_sleep(run_deadline(pause)) == 0) {
		snprintf(words, sizeof(words), "  after %.0f idle seconds", (double)pause / 1e6);
		print_memory(words, before, tasks);
	}
	began = sys_clock_monotonic();
	group_end(&g);
	print_rate("  to cancel and end one of them", began, tasks);
}

/* --------------------------------------------------------------------------------------------- */

static void
measure(void *arg)
{
	uint64_t tasks = *(uint64_t *)arg;

	ping("a wait and its wake-up (two switches)", TICKS_NEVER);
	ping("the same, each wait with a deadline", run_deadline(TICKS_HOUR));
	lives();
	printf("%" PRIu64 " parked tasks, each:\n", tasks);
	parked("parked at once", wait_for_ever, tasks, 0);
	parked("parked after 48 KiB of stack", touch_and_wait, tasks, 25 * TICKS_SECOND);
}

int
main(int argc, char **argv)
{
	uint64_t tasks = 10000;

	if (argc > 1 && num_parse(str_of(argv[1]), 30000, &tasks) < 0)
		die("usage: bench_run [TASKS]");
	if (run_init(&(struct run_options){ .simulated = false }) < 0)
		die("no event loop");
	if (run_main(measure, &tasks) < 0)
		die("failed");
	run_drop();
	return EXIT_SUCCESS;
}
