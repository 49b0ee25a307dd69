/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/service/command.h"
#include "tools/index.h"

int
main(int argc, char **argv)
{
	command_open("postmap");
	return index_main(SOURCE_MAP, argc, argv);
}
