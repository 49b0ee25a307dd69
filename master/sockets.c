/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/sockets.h"

#include <errno.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"
#include "lib/service/worker_options.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"

/* As many clients may wait as the kernel allows; it lowers the number to net.core.somaxconn. */
#define BACKLOG 65535

#define TRY_EVERY (50 * TICKS_MS)

struct entry {
	struct list link;
	struct endpoint endpoint;
	char *path; /* of a UNIX socket of ours; else NULL */
	char
	    *service; /* it was handed over for the service of this name; NULL: any that names it */
	int fd;
	bool wanted;
	bool fresh; /* opened by the call of sockets_open() that has not succeeded yet */
};

void
sockets_init(struct sockets *s)
{
	list_init(&s->entries);
}

static bool
is_at(const struct entry *e, const struct plan_place *place)
{
	return e->endpoint.length == place->endpoint.length &&
	       memcmp(&e->endpoint.address, &place->endpoint.address, e->endpoint.length) == 0;
}

static struct entry *
find(const struct sockets *s, const struct plan_place *place)
{
	LIST_EACH (it, &s->entries) {
		struct entry *e = CONTAINER_OF(it, struct entry, link);

		if (e->service == NULL && is_at(e, place))
			return e;
	}
	return NULL;
}

static bool
is_for(const struct entry *e, const struct plan_service *service)
{
	if (e->service != NULL)
		return strcmp(e->service, service->name) == 0;
	for (size_t i = 0; i < service->place_count; i++) {
		if (is_at(e, &service->places[i]))
			return true;
	}
	return false;
}

size_t
sockets_of(const struct sockets *s, const struct plan_service *service, int fds[])
{
	size_t count = 0;

	LIST_EACH (it, &s->entries) {
		const struct entry *e = CONTAINER_OF(it, struct entry, link);

		if (count < WORKER_SOCKETS_MAX && is_for(e, service))
			fds[count++] = e->fd;
	}
	return count;
}

/* What was handed over under the service's name is all that it listens on. */
static bool
was_handed_over(const struct sockets *s, const struct plan_service *service)
{
	LIST_EACH (it, &s->entries) {
		const struct entry *e = CONTAINER_OF(it, struct entry, link);

		if (e->service != NULL && is_for(e, service))
			return true;
	}
	return false;
}

static void
close_entry(struct entry *e)
{
	int unused;

	list_remove(&e->link);
	sys_close(e->fd);
	if (e->path != NULL) {
		unused = sys_unlink(e->path);
		(void)unused; /* a name that is left is replaced when it is next needed */
	}
	mem_free(e->path);
	mem_free(e->service);
	mem_free(e);
}

static void
close_fresh(struct sockets *s)
{
	LIST_EACH_SAFE (it, &s->entries) {
		struct entry *e = CONTAINER_OF(it, struct entry, link);

		if (e->fresh)
			close_entry(e);
	}
}

static void
settle(struct sockets *s)
{
	LIST_EACH (it, &s->entries)
		CONTAINER_OF(it, struct entry, link)->fresh = false;
}

static int
listen_once(const struct plan_place *place)
{
	if (place->path != NULL)
		return sys_listen_unix(place->path, place->mode, BACKLOG);
	return sys_listen_tcp(&place->endpoint, BACKLOG);
}

static int
listen_patiently(const struct plan_place *place, int64_t patience)
{
	int64_t until = sys_clock_monotonic() + patience;
	int fd;

	while ((fd = listen_once(place)) == -EADDRINUSE && sys_clock_monotonic() < until)
		sys_sleep(TRY_EVERY);
	return fd;
}

static void
explain(const struct plan_place *place, int error, struct why *why)
{
	const char *text = place->text;
	unsigned port = endpoint_port(&place->endpoint);

	if (error == -EADDRINUSE && place->path == NULL)
		why_set(why,
		    "cannot listen on %s: another program does; find it with \"ss -ltnp sport = "
		    ":%u\" "
		    "and stop it, or change inet_interfaces or master.cf",
		    text, port);
	else if (error == -EADDRINUSE)
		why_set(why, "cannot listen on %s: a process of an earlier start still does", text);
	else if (error == -EACCES && place->path == NULL)
		why_set(why,
		    "cannot listen on %s: ports below 1024 are root's; start as root, or name a "
		    "higher port in master.cf",
		    text);
	else if (error == -EADDRNOTAVAIL)
		why_set(why,
		    "cannot listen on %s: this host has no such address; change "
		    "inet_interfaces or master.cf",
		    text);
	else
		why_set(why, "cannot listen on %s: %s", text, err_text(error));
}

static bool
is_missing_v6(const struct plan_place *place, int error)
{
	return place->may_miss && (error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL);
}

static int
open_place(struct sockets *s, const struct plan_place *place, const struct sockets_job *job,
    struct why *why)
{
	struct entry *e;
	int fd;

	if (find(s, place) != NULL)
		return 0;
	fd = listen_patiently(place, job->patience);
	if (fd < 0) {
		explain(place, fd, why);
		if (!is_missing_v6(place, fd))
			return fd;
		job->report(job->context, false, why->text);
		return 0;
	}
	e = NEW(struct entry);
	e->endpoint = place->endpoint;
	e->path = place->path != NULL ? mem_strdup(place->path) : NULL;
	e->service = NULL;
	e->wanted = false;
	e->fd = fd;
	e->fresh = true;
	list_append(&s->entries, &e->link);
	return 0;
}

static int
open_service(struct sockets *s, const struct plan_service *service, const struct sockets_job *job,
    struct why *why)
{
	int fds[WORKER_SOCKETS_MAX], result = 0;

	if (was_handed_over(s, service))
		return 0;
	for (size_t i = 0; i < service->place_count && result == 0; i++)
		result = open_place(s, &service->places[i], job, why);
	if (result == 0 && sockets_of(s, service, fds) == 0) {
		why_prefix(why, "%s: no address is left to listen on: ", service->name);
		result = -EADDRNOTAVAIL;
	}
	return result;
}

int
sockets_open(
    struct sockets *s, const struct plan *p, const struct sockets_job *job, struct why *why)
{
	int result = 0;

	for (size_t i = 0; i < p->service_count && result == 0; i++) {
		const struct plan_service *service = &p->services[i];

		if (plan_means(job->only, service->name, service->program))
			result = open_service(s, service, job, why);
	}
	if (result < 0)
		close_fresh(s);
	else
		settle(s);
	return result;
}

void
sockets_want(struct sockets *s, const struct plan_service *service)
{
	LIST_EACH (it, &s->entries) {
		struct entry *e = CONTAINER_OF(it, struct entry, link);

		e->wanted = e->wanted || is_for(e, service);
	}
}

void
sockets_close_unwanted(struct sockets *s)
{
	LIST_EACH_SAFE (it, &s->entries) {
		struct entry *e = CONTAINER_OF(it, struct entry, link);

		if (!e->wanted)
			close_entry(e);
		else
			e->wanted = false;
	}
}

void
sockets_close(struct sockets *s, const struct plan_service *service)
{
	LIST_EACH_SAFE (it, &s->entries) {
		struct entry *e = CONTAINER_OF(it, struct entry, link);

		if (is_for(e, service))
			close_entry(e);
	}
}

void
sockets_adopt(struct sockets *s, int fd, const char *service)
{
	struct entry *e = NEW(struct entry);

	if (sys_local_endpoint(fd, &e->endpoint) < 0)
		e->endpoint.length = 0;
	e->path = NULL;
	e->service = service != NULL ? mem_strdup(service) : NULL;
	e->fd = fd;
	e->wanted = e->fresh = false;
	list_append(&s->entries, &e->link);
}
