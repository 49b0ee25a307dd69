/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same session as that of a network client; what differs is the configuration, which asks nothing
 * of a user who could as well run sendmail(1), and opens no tables that he may not read, and the way
 * of messages. Its log is warnings on standard error; the log of the mail system begins with pickup.
 */
#include "smtpd/standalone.h"

#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "smtpd/maildrop_link.h"
#include "smtpd/smtpd.h"
#include "smtpd/stdio_stream.h"

static const struct config_override overrides[] = {
	{ "smtpd_client_restrictions", "" },
	{ "smtpd_helo_restrictions", "" },
	{ "smtpd_sender_restrictions", "" },
	{ "smtpd_relay_restrictions", "permit_mynetworks, reject" },
	{ "smtpd_recipient_restrictions", "permit" },
	{ "smtpd_data_restrictions", "" },
	{ "smtpd_end_of_data_restrictions", "" },
	{ "smtpd_reject_unlisted_recipient", "no" },
	{ "smtpd_reject_unlisted_sender", "no" },
	{ "smtpd_client_connection_count_limit", "0" },
	{ "smtpd_client_connection_rate_limit", "0" },
	{ "smtpd_client_message_rate_limit", "0" },
	{ "smtpd_client_recipient_rate_limit", "0" },
	{ "smtpd_authorized_xclient_hosts", "" },
	{ "smtpd_authorized_xforward_hosts", "" },
	{ "smtpd_upstream_proxy_protocol", "" },
	{ "smtpd_command_filter", "" },
	{ "smtpd_reject_filter_maps", "" },
	{ "smtpd_reject_footer_maps", "" },
	{ "smtpd_discard_ehlo_keyword_address_maps", "" },
	{ "smtpd_error_sleep_time", "0" },
	{ "smtpd_peername_lookup", "no" },
	{ "smtpd_forbid_unauth_pipelining", "no" },
	{ "mynetworks", "127.0.0.1" },
	{ "mydestination", "" },
	{ "relay_domains", "" },
	{ "virtual_alias_domains", "" },
	{ "virtual_alias_maps", "" },
	{ "virtual_mailbox_domains", "" },
	{ "virtual_mailbox_maps", "" },
	{ "local_recipient_maps", "" },
	{ "relay_recipient_maps", "" },
};

struct standalone {
	const struct config *config;
	int status;
};

static struct config *
load(const char *directory)
{
	const struct config_source source = {
		.directory = command_directory(directory),
		.program = "smtpd",
		.service = "smtpd",
		.overrides = overrides,
		.override_count = ARRAY_LEN(overrides),
	};
	struct config *c = config_load(&source, command_report, NULL);

	if (c == NULL)
		command_fail(EX_CONFIG, "the configuration in %s cannot be used", source.directory);
	return c;
}

static void
show_warning(const struct event *e)
{
	AUTO(buf) line = BUF_INIT(4096);

	if (e->level >= LEVEL_WARNING && event_render_words(e, &line) == 0)
		command_info("%s", buf_text(&line));
}

PARKS static void
run(void *arg)
{
	struct smtpd_peer peer = { .name = "localhost", .address = "127.0.0.1" };
	struct standalone *a = arg;
	struct maildrop_link link;
	struct why why = WHY_INIT;
	struct stream stream;
	struct smtpd smtpd;
	struct stdio stdio;

	peer.is_own_host = true;
	if (smtpd_init(&smtpd, a->config, &why) < 0) {
		command_error("%s", why.text);
		a->status = EX_CONFIG;
		return;
	}
	maildrop_link_init(&link, a->config, &smtpd.cleanup.caller);
	stdio_open(&stdio, &stream);
	smtpd_session(&smtpd, &stream, &peer);
	stdio_close(&stdio, &stream);
	smtpd_drop(&smtpd);
	maildrop_link_drop(&link);
}

static const char *
directory_of(int argc, char **argv)
{
	const char *directory = NULL;
	int option;

	while ((option = getopt(argc, argv, "+Sc:v")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else if (option == '?')
			command_fail(EX_USAGE, "usage: smtpd -S [-v] [-c directory]");
	}
	return directory;
}

int
standalone_main(int argc, char **argv)
{
	struct standalone a = { .status = EX_OK };
	struct config *c;
	const char *queue;
	int result;

	command_open("smtpd");
	c = load(directory_of(argc, argv));
	a.config = c;
	log_divert(show_warning);
	queue = config_text(c, PARAM_queue_directory);
	result = sys_chdir(queue);
	if (result < 0)
		command_fail(EX_UNAVAILABLE, "cannot enter %s: %s", queue, err_text(result));
	result = sys_ignore_signal(SIGPIPE);
	if (result == 0)
		result = run_init(&(struct run_options){ .simulated = false });
	if (result == 0)
		result = run_main(run, &a);
	if (result < 0)
		command_fail(EX_OSERR, "cannot run: %s", err_text(result));
	run_drop();
	config_free(c);
	return a.status;
}
