/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/sockets.h"

#include <errno.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/ticks.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"

/* As many clients may wait as the kernel allows; it lowers the number to net.core.somaxconn. */
#define BACKLOG 65535

#define TRY_EVERY (50 * TICKS_MS)

struct entry {
	struct list link;
	struct endpoint endpoint;
	char *path; /* NULL: TCP */
	int fd;
	bool fresh; /* opened by the call of sockets_open() that has not succeeded yet */
};

void
sockets_init(struct sockets *s)
{
	list_init(&s->entries);
}

static struct entry *
find(const struct sockets *s, const struct plan_place *place)
{
	LIST_EACH (it, &s->entries) {
		struct entry *e = CONTAINER_OF(it, struct entry, link);

		if (e->endpoint.length == place->endpoint.length &&
		    memcmp(&e->endpoint.address, &place->endpoint.address,
		        place->endpoint.length) == 0)
			return e;
	}
	return NULL;
}

int
sockets_find(const struct sockets *s, const struct plan_place *place)
{
	const struct entry *e = find(s, place);

	return e != NULL ? e->fd : -1;
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
open_place(struct sockets *s, const struct plan_place *place, int64_t patience,
    sockets_warning *warn, struct why *why)
{
	struct entry *e;
	int fd;

	if (find(s, place) != NULL)
		return 0;
	fd = listen_patiently(place, patience);
	if (fd < 0) {
		explain(place, fd, why);
		if (!is_missing_v6(place, fd))
			return fd;
		warn(why->text);
		return 0;
	}
	e = NEW(struct entry);
	e->endpoint = place->endpoint;
	e->path = place->path != NULL ? mem_strdup(place->path) : NULL;
	e->fd = fd;
	e->fresh = true;
	list_append(&s->entries, &e->link);
	return 0;
}

/* Every address of a service was one that may be missing, and is. */
static int
check_served(const struct sockets *s, const struct plan_service *service, struct why *why)
{
	for (size_t i = 0; i < service->place_count; i++) {
		if (sockets_find(s, &service->places[i]) >= 0)
			return 0;
	}
	why_prefix(why, "%s: no address is left to listen on: ", service->name);
	return -EADDRNOTAVAIL;
}

static int
open_service(struct sockets *s, const struct plan_service *service, int64_t patience,
    sockets_warning *warn, struct why *why)
{
	int result = 0;

	for (size_t i = 0; i < service->place_count && result == 0; i++)
		result = open_place(s, &service->places[i], patience, warn, why);
	return result < 0 ? result : check_served(s, service, why);
}

int
sockets_open(struct sockets *s, const struct plan *p, int64_t patience, sockets_warning *warn,
    struct why *why)
{
	int result = 0;

	for (size_t i = 0; i < p->service_count && result == 0; i++)
		result = open_service(s, &p->services[i], patience, warn, why);
	if (result < 0)
		close_fresh(s);
	else
		settle(s);
	return result;
}

static bool
is_named(const struct plan *p, const struct entry *e)
{
	for (size_t i = 0; i < p->service_count; i++) {
		for (size_t j = 0; j < p->services[i].place_count; j++) {
			const struct endpoint *named = &p->services[i].places[j].endpoint;

			if (named->length == e->endpoint.length &&
			    memcmp(&named->address, &e->endpoint.address, named->length) == 0)
				return true;
		}
	}
	return false;
}

void
sockets_keep(struct sockets *s, const struct plan *p)
{
	LIST_EACH_SAFE (it, &s->entries) {
		struct entry *e = CONTAINER_OF(it, struct entry, link);

		if (!is_named(p, e))
			close_entry(e);
	}
}

void
sockets_close(struct sockets *s, const struct plan_service *service)
{
	for (size_t i = 0; i < service->place_count; i++) {
		struct entry *e = find(s, &service->places[i]);

		if (e != NULL)
			close_entry(e);
	}
}
