/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accepting clients. The workers of a service share its sockets; each takes clients while it has
 * room, the others' turn comes by the kernel's queue. One task per socket; between the look at the
 * room and accept() it does not park, so that the capacity is exact (a capacity of one is a promise:
 * no two clients in one process).
 *
 * Where the process or the system is short of descriptors or memory, the client stays in the
 * kernel's queue, and accepting goes on when a session has ended, or a second later.
 */
#include "lib/service/worker.h"

#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"

#define SHORTAGE_PAUSE TICKS_SECOND
#define PASS_PATIENCE  (10 * TICKS_SECOND)

struct session {
	struct worker *worker;
	struct client client;
};

/* The descriptor that the other end of `fd` brings, with one byte; `fd` is closed. */
PARKS static int
receive_descriptor(int fd)
{
	struct stream bringer;
	struct str byte;
	int result = stream_open_passing(&bringer, fd);

	if (result < 0) {
		sys_close(fd);
		return result;
	}
	result = stream_read(&bringer, 1, &byte, run_deadline(PASS_PATIENCE));
	if (result == 0)
		result = stream_take_fd(&bringer);
	stream_close(&bringer);
	if (result == -1)
		return ERR_PROTOCOL;
	fd = result;
	result = sys_set_nonblocking(fd, true);
	if (result == 0)
		return fd;
	sys_close(fd);
	return result;
}

/* Type pass: what connects brings a client, and goes. */
PARKS static int
take_passed(struct client *c)
{
	int fd = receive_descriptor(c->fd);

	if (fd < 0)
		return fd;
	c->fd = fd;
	c->is_unix = false;
	if (sys_peer_endpoint(fd, &c->peer) < 0 || sys_local_endpoint(fd, &c->local) < 0)
		c->peer.length = c->local.length = 0;
	return 0;
}

PARKS static void
session_run(void *arg)
{
	struct session *session = arg;
	struct worker *w = session->worker;

	task_begin_session();
	if (!w->options.is_pass || take_passed(&session->client) == 0)
		w->service->serve(&session->client);
	mem_free(session);
	w->sessions--;
	if (w->sessions == 0)
		w->idle_since = run_now();
	cond_broadcast(&w->room);
	cond_signal(&w->change);
}

static void
fill_client(struct listening *l, int fd, const struct endpoint *peer, struct client *out)
{
	struct worker *w = l->worker;

	out->fd = fd;
	out->peer = *peer;
	out->local = l->local;
	out->service = w->options.service;
	out->is_unix = !w->options.is_inet;
	if (out->is_unix && sys_peer_ids(fd, &out->ids) < 0)
		out->ids = (struct peer_ids){ .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	if (out->local.length == 0 && sys_local_endpoint(fd, &out->local) < 0)
		out->local.length = 0;
}

static void
start_session(struct listening *l, int fd, const struct endpoint *peer)
{
	struct worker *w = l->worker;
	struct session *session = NEW(struct session);

	session->worker = w;
	fill_client(l, fd, peer, &session->client);
	if (task_start(&w->session_group, "session", session_run, session) < 0) {
		log_warning("no memory for another session; a client is turned away");
		sys_close(fd);
		mem_free(session);
		return;
	}
	w->sessions++;
	w->served++;
	cond_signal(&w->change);
	if (w->options.lifetime != 0 && w->served >= w->options.lifetime)
		worker_drain(w);
}

PARKS static int
pause_for_resources(struct worker *w, int failure)
{
	int result;

	if (!w->out_of_resources)
		log_warning("cannot accept clients: %s; they wait", err_text(failure));
	w->out_of_resources = true;
	result = cond_wait(&w->room, run_deadline(SHORTAGE_PAUSE));
	return result == ERR_TIMEOUT ? 0 : result;
}

/* 0, or ERR_CANCELLED: this task is to end. */
PARKS static int
accept_one(struct listening *l)
{
	struct worker *w = l->worker;
	struct endpoint peer;
	int fd;

	if (w->sessions >= w->capacity)
		return cond_wait(&w->room, TICKS_NEVER);
	fd = sys_accept(l->fd, &peer);
	if (fd >= 0) {
		w->out_of_resources = false;
		start_session(l, fd, &peer);
		return 0;
	}
	switch (fd) {
	case -EAGAIN:
		return watch_in(&l->watch, TICKS_NEVER);
	case -EINTR:
	case -ECONNABORTED: /* gone before its turn */
	case -EPERM:        /* a packet filter said no */
	case -EPROTO:
		return 0;
	default:
		return pause_for_resources(w, fd);
	}
}

PARKS static void
accept_run(void *arg)
{
	struct listening *l = arg;

	while (!l->worker->draining && accept_one(l) == 0)
		;
}

/* Where clients connect to, unless the socket is bound to every address. */
static void
learn_local(struct listening *l)
{
	char text[ENDPOINT_TEXT_MAX];

	if (sys_local_endpoint(l->fd, &l->local) < 0) {
		l->local.length = 0;
		return;
	}
	endpoint_text(&l->local, text);
	if (strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0)
		l->local.length = 0;
}

static int
open_one(struct worker *w, struct listening *l, int fd)
{
	int result;

	result = sys_inherit(fd, false);
	if (result == 0)
		result = sys_set_nonblocking(fd, true);
	if (result == 0)
		result = watch_open(&l->watch, fd);
	if (result < 0)
		return result;
	l->worker = w;
	l->fd = fd;
	learn_local(l);
	return task_start(&w->accept_group, "accept", accept_run, l);
}

int
accept_open(struct worker *w, struct why *why)
{
	for (unsigned i = 0; i < w->options.sockets; i++) {
		int fd = WORKER_FD_SOCKETS + (int)i;
		int result = open_one(w, &w->listening[i], fd);

		if (result < 0) {
			why_set(why, "descriptor %d is no socket to listen on: %s", fd,
			    err_text(result));
			return result;
		}
	}
	return 0;
}

void
accept_close(struct worker *w)
{
	group_cancel(&w->accept_group);
	BUG_ON(group_wait(&w->accept_group, TICKS_NEVER) < 0);
	for (unsigned i = 0; i < w->options.sockets; i++) {
		if (w->listening[i].worker != NULL) /* else it never came to accepting */
			watch_close(&w->listening[i].watch);
		sys_close(WORKER_FD_SOCKETS + (int)i);
	}
}
