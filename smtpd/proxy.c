/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/proxy.h"

#include "lib/base/err.h"
#include "lib/io/proxy_header.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

/* The count of its bytes, which are not consumed, or an error. */
PARKS static int
read_header(struct stream *stream, int64_t deadline, struct proxy_header *out)
{
	struct str bytes = STR_NONE;
	int result = 0;

	while (result == 0) {
		result = stream_peek(stream, bytes.n, &bytes, deadline);
		if (result == 0)
			result = proxy_header_parse(bytes, out);
	}
	return result;
}

int
proxy_read(const struct smtpd *d, struct stream *stream, struct smtpd_peer *peer)
{
	int64_t limit = config_time(d->config, PARAM_smtpd_upstream_proxy_timeout);
	struct proxy_header header;
	int result;

	result = read_header(stream, run_deadline(limit), &header);
	if (result < 0) {
		log_warning("haproxy header from %s: %s", peer->address, err_text(result));
		return result;
	}
	stream_consume(stream, (size_t)result);
	if (header.has_addresses)
		smtpd_peer_init(peer, &header.source, &header.destination);
	return 0;
}
