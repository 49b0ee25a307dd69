/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IO_STREAM_OPS_H
#define LIB_IO_STREAM_OPS_H

#include "lib/io/stream.h"

/* For makers of streams (descriptors, memory, TLS): an empty stream over these ops. */
void stream_prepare(struct stream *s, const struct stream_ops *ops, void *context);

#endif
