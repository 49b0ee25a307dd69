/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_POISON_H
#define LIB_BASE_POISON_H

/*
 * Calls that no file of this tree may make: the build includes this header before each of them
 * (AM_CPPFLAGS), and the compiler refuses the names from here on. The system's own headers name
 * them, so those that do come first. System calls and what can only block (read, getpwnam_r) are
 * found by tests/lint instead: their names are also good names for members, and their headers
 * take names that the tree uses (struct group).
 */
#ifndef __ASSEMBLER__

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>

/* No bound: struct buf, snprintf(). */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat stpcpy sprintf vsprintf gets
/* Bounded, and all the same wrong: no final NUL, or filling with NULs. */
#pragma GCC poison strncpy strncat
/* No errors: num_parse(). */
#pragma GCC poison atoi atol atoll atof
/* Static memory, time zone files, locale: calendar.h, str_word(), endpoint_text(). */
#pragma GCC poison strtok gmtime localtime asctime ctime gmtime_r mktime strftime
#pragma GCC poison inet_ntoa inet_addr
/* The shell, or a name that somebody else may take first. */
#pragma GCC poison system popen tmpnam tempnam mktemp tmpfile
/* Stack without a bound. */
#undef alloca
#undef strdupa
#undef strndupa
#pragma GCC poison alloca strdupa strndupa
/* Not random; rand is not even a good hash. */
#pragma GCC poison rand srand srandom drand48
/* It stops the whole loop: task_sleep(). */
#pragma GCC poison usleep

#endif
#endif
