/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_CALL_H
#define LIB_SYS_CALL_H

#include <errno.h>

/* For the files of this layer: repeats a call that a signal interrupted; result is -errno if < 0. */
#define SYS_CALL(result, call)                          \
	do {                                            \
		do                                      \
			(result) = (call);              \
		while ((result) < 0 && errno == EINTR); \
		if ((result) < 0)                       \
			(result) = -errno;              \
	} while (0)

#endif
