/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool of threads takes jobs from a list and puts them back on another. A job lies on the stack
 * of the task that waits for it, which nothing but its end can wake (firm). A thread writes to the
 * wake-up descriptor only when the loop sleeps, or is about to, and only for the first job that it
 * would miss: a busy loop collects what is done each turn without a system call.
 *
 * `pool.mutex` guards both lists, `sleeping` and `stop`; the rest is the loop's alone. Threads
 * block all signals, so that signals reach the loop.
 */
#include "lib/run/offload.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/run/runtime.h"
#include "lib/run/watch.h"
#include "lib/sys/wakeup.h"

struct job {
	struct list link;
	struct cond done;
	int (*fn)(void *);
	void *arg;
	int result;
};

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t work;
	struct list waiting;
	struct list done;
	bool sleeping;
	bool stop;

	bool is_open;
	unsigned in_flight;
	pthread_t *threads;
	unsigned thread_count;
	struct watch wakeup;
} pool = { .mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };

/* --- The threads' side --------------------------------------------------------------------- */

/* Signals go out without the lock, which the other side would wait for at once. */
static void
finish(struct job *job)
{
	bool sleeping = pool.sleeping;

	list_append(&pool.done, &job->link);
	pool.sleeping = false;
	if (!sleeping)
		return;
	pthread_mutex_unlock(&pool.mutex);
	sys_wakeup_send(pool.wakeup.fd);
	pthread_mutex_lock(&pool.mutex);
}

static void *
work(void *unused)
{
	struct list *link;

	pthread_mutex_lock(&pool.mutex);
	for (;;) {
		link = list_take_first(&pool.waiting);
		if (link != NULL) {
			struct job *job = CONTAINER_OF(link, struct job, link);

			pthread_mutex_unlock(&pool.mutex);
			job->result = job->fn(job->arg);
			pthread_mutex_lock(&pool.mutex);
			finish(job);
		} else if (pool.stop) {
			break;
		} else {
			pthread_cond_wait(&pool.work, &pool.mutex);
		}
	}
	pthread_mutex_unlock(&pool.mutex);
	return unused;
}

/* --- The loop's side ----------------------------------------------------------------------- */

static void
start_thread(void)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&pool.threads[pool.thread_count], NULL, work, NULL) == 0)
		pool.thread_count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool
open_pool(void)
{
	int fd = sys_wakeup_open();

	if (fd < 0)
		return false;
	if (watch_open(&pool.wakeup, fd) < 0) {
		sys_wakeup_close(fd);
		return false;
	}
	list_init(&pool.waiting);
	list_init(&pool.done);
	pool.threads = mem_array(runtime.offload_threads, sizeof(*pool.threads));
	pool.stop = pool.sleeping = false;
	pool.is_open = true;
	return true;
}

/* A thread for each job in flight, up to the limit. False: not even one is to be had. */
static bool
have_threads(void)
{
	if (!pool.is_open && !open_pool())
		return false;
	if (pool.in_flight >= pool.thread_count && pool.thread_count < runtime.offload_threads)
		start_thread();
	return pool.thread_count > 0;
}

static void
submit(struct job *job)
{
	pool.in_flight++;
	pthread_mutex_lock(&pool.mutex);
	list_append(&pool.waiting, &job->link);
	pthread_mutex_unlock(&pool.mutex);
	pthread_cond_signal(&pool.work);
}

int
offload(int (*fn)(void *), void *arg)
{
	struct job job = { .fn = fn, .arg = arg };

	if (task_is_cancelled())
		return ERR_CANCELLED;
	if (!runtime.loop->real) {
		/* Others run meanwhile, as they would beside a thread. */
		job.result = fn(arg);
		task_pass();
		return job.result;
	}
	if (!have_threads())
		return fn(arg);
	cond_init(&job.done);
	submit(&job);
	task_wait_firm(&job.done.waiters, "a job on a thread");
	return job.result;
}

bool
offload_before_poll(bool sleeps)
{
	bool have_done;

	if (pool.in_flight == 0)
		return false;
	pthread_mutex_lock(&pool.mutex);
	have_done = !list_is_empty(&pool.done);
	pool.sleeping = sleeps && !have_done;
	pthread_mutex_unlock(&pool.mutex);
	return have_done;
}

void
offload_collect(void)
{
	struct list *link;

	if (pool.in_flight == 0)
		return;
	pthread_mutex_lock(&pool.mutex);
	pool.sleeping = false;
	while ((link = list_take_first(&pool.done)) != NULL) {
		struct job *job = CONTAINER_OF(link, struct job, link);

		cond_wake_all(&job->done, 0);
		pool.in_flight--;
	}
	pthread_mutex_unlock(&pool.mutex);
}

void
offload_drop(void)
{
	int fd = pool.wakeup.fd;

	if (!pool.is_open)
		return;
	BUG_ON(pool.in_flight != 0);
	pthread_mutex_lock(&pool.mutex);
	pool.stop = true;
	pthread_cond_broadcast(&pool.work);
	pthread_mutex_unlock(&pool.mutex);
	for (unsigned i = 0; i < pool.thread_count; i++)
		pthread_join(pool.threads[i], NULL);
	mem_free(pool.threads);
	pool.thread_count = 0;
	watch_close(&pool.wakeup);
	sys_wakeup_close(fd);
	pool.is_open = false;
}
