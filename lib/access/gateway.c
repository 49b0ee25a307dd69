/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/net/route: a heading, then a line for each route: interface, destination, gateway, flags, …,
 * the addresses as 8 hexadecimal digits of a number that holds their bytes in network order.
 */
#include "lib/access/gateway.h"

#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/base/num.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

#define ROUTES_MAX ((size_t)1024 * 1024)

static bool
read_line(struct str line, char address[ENDPOINT_TEXT_MAX])
{
	struct str word, destination, gateway;
	uint64_t number = 0;
	unsigned char bytes[4];
	uint32_t raw;

	if (!str_word(&line, " \t", &word) || !str_word(&line, " \t", &destination) ||
	    !str_word(&line, " \t", &gateway) || !str_equal(destination, STR("00000000")) ||
	    num_parse_base(gateway, 16, UINT32_MAX, &number) < 0 || number == 0)
		return false;
	raw = (uint32_t)number;
	memcpy(bytes, &raw, sizeof(bytes));
	snprintf(address, ENDPOINT_TEXT_MAX, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
	return true;
}

bool
gateway_find(struct str routes, char address[ENDPOINT_TEXT_MAX])
{
	struct str line;

	while (str_split(&routes, '\n', &line)) {
		if (read_line(line, address))
			return true;
	}
	return false;
}

/* Docker and Podman each leave a file of their own. */
static bool
is_container(void)
{
	static const char *const marks[] = { "/.dockerenv", "/run/.containerenv" };

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		AUTO(buf) text = BUF_INIT(ROUTES_MAX);

		if (sys_read_file(marks[i], &text) == 0)
			return true;
	}
	return sys_environment("container") != NULL;
}

bool
gateway_of_container(char address[ENDPOINT_TEXT_MAX])
{
	AUTO(buf) text = BUF_INIT(ROUTES_MAX);

	return is_container() && sys_read_file("/proc/net/route", &text) == 0 &&
	       gateway_find(buf_str(&text), address);
}
