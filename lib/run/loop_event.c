/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real loop: libevent, for its choice of the system's best way to wait. It holds one persistent
 * edge-triggered event per watch, and one timer that bounds the sleep; no other timers, and none
 * of its locks. An event only marks tasks runnable; nothing runs from within libevent.
 *
 * Output is watched only from the first time that it had to wait: else each message that a peer of
 * a UNIX socket takes would wake us to say that there is room for another.
 *
 * Not used: its change list (EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST), which puts off the removal of a
 * descriptor until after it was closed, or passed to another process that keeps it open.
 */
#include <errno.h>

#include <event2/event.h>

#include "lib/base/bug.h"
#include "lib/run/loop.h"
#include "lib/run/runtime.h"
#include "lib/sys/clock.h"

static struct {
	struct event_base *base;
	struct event *bound; /* of the sleep */
} events;

/* Its words would go to standard error; what fails is answered to the caller instead. */
static void
on_words(int severity, const char *words)
{
	(void)severity;
	(void)words;
}

static void
on_bound(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void
on_edge(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	if ((what & EV_CLOSED) != 0)
		w->closed = true;
	watch_edge(w, (what & (EV_READ | EV_CLOSED)) != 0, (what & EV_WRITE) != 0);
}

static struct event_base *
new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL)
		return NULL;
	event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static int
event_loop_open(const struct run_options *o)
{
	(void)o;
	event_set_log_callback(on_words);
	events.base = new_base();
	if (events.base == NULL)
		return -ENOSYS;
	events.bound = evtimer_new(events.base, on_bound, NULL);
	BUG_ON(events.bound == NULL);
	return 0;
}

static void
event_loop_close(void)
{
	event_free(events.bound);
	event_base_free(events.base);
	events.base = NULL;
}

#define INPUT (EV_READ | EV_CLOSED | EV_ET | EV_PERSIST)

static int
event_loop_watch(struct watch *w)
{
	struct event *e = event_new(events.base, w->fd, INPUT, on_edge, w);

	if (e == NULL)
		return -ENOMEM;
	if (event_add(e, NULL) != 0) {
		event_free(e);
		return -EINVAL;
	}
	w->handle = e;
	return 0;
}

static int
event_loop_watch_output(struct watch *w)
{
	struct event *e = w->handle;

	if (event_del(e) != 0 ||
	    event_assign(e, events.base, w->fd, INPUT | EV_WRITE, on_edge, w) != 0)
		return -EINVAL;
	return event_add(e, NULL) != 0 ? -EINVAL : 0;
}

static void
event_loop_unwatch(struct watch *w)
{
	event_free(w->handle);
	w->handle = NULL;
}

static int
event_loop_poll(int64_t until)
{
	int64_t pause = until - sys_clock_monotonic();
	int flags = EVLOOP_ONCE;

	if (pause <= 0) {
		flags |= EVLOOP_NONBLOCK;
	} else if (until == TICKS_NEVER) {
		flags |= EVLOOP_NO_EXIT_ON_EMPTY;
		evtimer_del(events.bound);
	} else {
		struct timeval bound = { .tv_sec = (time_t)(pause / TICKS_SECOND),
			.tv_usec = (suseconds_t)(pause % TICKS_SECOND) };

		evtimer_add(events.bound, &bound);
	}
	BUG_ON(event_base_loop(events.base, flags) < 0);
	return 0;
}

const struct loop loop_event = {
	.open = event_loop_open,
	.close = event_loop_close,
	.watch = event_loop_watch,
	.unwatch = event_loop_unwatch,
	.watch_output = event_loop_watch_output,
	.now = sys_clock_monotonic,
	.wall = sys_clock_wall,
	.poll = event_loop_poll,
	.real = true,
};
