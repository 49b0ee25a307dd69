/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/inherit.h"

#include <string.h>

#include "lib/base/num.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define FDS_MAX  64

static uint64_t
find_number(const char *name)
{
	const char *text = sys_environment(name);
	uint64_t number = 0;

	return text != NULL && num_parse(str_of(text), INT32_MAX, &number) == 0 ? number : 0;
}

static const struct plan_service *
find_named(const struct plan *p, struct str name)
{
	for (size_t i = 0; i < p->service_count; i++) {
		if (str_equal(str_of(p->services[i].name), name))
			return &p->services[i];
	}
	return NULL;
}

static bool
is_named_place(const struct plan *p, const struct endpoint *e)
{
	for (size_t i = 0; i < p->service_count; i++) {
		for (size_t k = 0; k < p->services[i].place_count; k++) {
			const struct endpoint *place = &p->services[i].places[k].endpoint;

			if (place->length == e->length &&
			    memcmp(&place->address, &e->address, e->length) == 0)
				return true;
		}
	}
	return false;
}

/* What is no socket may be a descriptor of our own: the variables are not for us then. */
static void
take(struct sockets *s, const struct plan *p, int fd, struct str name, struct why *unwanted)
{
	const struct plan_service *service = find_named(p, name);
	struct endpoint e;
	char text[ENDPOINT_TEXT_MAX];

	if (sys_local_endpoint(fd, &e) < 0 || sys_inherit(fd, false) < 0) {
		why_set(unwanted, "descriptor %d, which was to be handed over, is no socket", fd);
		return;
	}
	if (service != NULL || is_named_place(p, &e)) {
		sockets_adopt(s, fd, service != NULL ? service->name : NULL);
		return;
	}
	why_set(unwanted, "the socket \"%.*s\" (%s, port %u) that was handed over is no service's",
	    STR_ARG(name), endpoint_text(&e, text), endpoint_port(&e));
	sys_close(fd);
}

void
inherit_sockets(struct sockets *s, const struct plan *p, config_report *report, void *context)
{
	const char *text = sys_environment("LISTEN_FDNAMES");
	struct str names = str_of(text != NULL ? text : ""), name = STR_NONE;
	uint64_t count = find_number("LISTEN_FDS");

	if (find_number("LISTEN_PID") != (uint64_t)sys_pid() || count > FDS_MAX)
		return;
	for (int i = 0; i < (int)count; i++) {
		struct why unwanted = WHY_INIT;

		if (!str_split(&names, ':', &name))
			name = STR_NONE;
		take(s, p, FIRST_FD + i, name, &unwanted);
		if (unwanted.text[0] != '\0')
			report(context, false, unwanted.text);
	}
}
