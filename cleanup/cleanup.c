/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/cleanup.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "lib/sys/random.h"

#define NOTIFY_DEADLINE (5 * TICKS_SECOND)

static unsigned
detect_classes(const struct config *c)
{
	static const struct {
		const char *name;
		unsigned classes;
	} rows[] = {
		{ "sendmail", DETECT_LOCAL },
		{ "smtpd", DETECT_CLIENTS },
		{ "forward", DETECT_INTERNAL },
		{ "bounce", DETECT_INTERNAL },
		{ "notify", DETECT_INTERNAL },
		{ "all", DETECT_CLIENTS | DETECT_LOCAL | DETECT_INTERNAL },
	};
	struct config_list list = config_list(c, PARAM_smtputf8_autodetect_classes);
	unsigned classes = 0;

	for (size_t i = 0; i < list.count; i++) {
		for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
			if (strcmp(list.items[i].p, rows[k].name) == 0)
				classes |= rows[k].classes;
		}
	}
	return config_bool(c, PARAM_smtputf8_enable) ? classes : 0;
}

static enum odd_end
odd_end_of(const struct config *c)
{
	if (config_is(c, PARAM_non_empty_end_of_header_action, "reject"))
		return ODD_END_REJECT;
	if (config_is(c, PARAM_non_empty_end_of_header_action, "add_header"))
		return ODD_END_ADD_HEADER;
	return ODD_END_FIX;
}

static void
read_settings(struct cleanup *k, const struct config *c)
{
	*k = (struct cleanup){
		.host = str_of(config_text(c, PARAM_myhostname)),
		.software = str_of(config_text(c, PARAM_mail_name)),
		.message_max = (uint64_t)config_int(c, PARAM_message_size_limit),
		.field_max = (size_t)config_int(c, PARAM_header_size_limit),
		.hops_max = (unsigned)config_int(c, PARAM_hopcount_limit),
		.journal_max = (size_t)config_int(c, PARAM_journal_message_limit),
		.duplicates_max = (size_t)config_int(c, PARAM_duplicate_filter_limit),
		.replace_stray = config_bool(c, PARAM_cleanup_replace_stray_cr_lf),
		.complete_always = config_bool(c, PARAM_always_add_missing_headers),
		.log_port = config_bool(c, PARAM_smtpd_client_port_logging),
		.obsolete_from = config_is(c, PARAM_header_from_format, "obsolete"),
		.detects_8bit = config_bool(c, PARAM_detect_8bit_encoding_header),
		.detects_utf8 = detect_classes(c),
		.odd_end = odd_end_of(c),
		.address_tokens_max = (size_t)config_int(c, PARAM_header_address_token_limit),
		.filter_nexthop = str_of(config_text(c, PARAM_default_filter_nexthop)),
		.undisclosed = str_of(config_text(c, PARAM_undisclosed_recipients_header)),
		.drop = config_list(c, PARAM_message_drop_headers),
	};
	k->rejects = characters_parse(str_of(config_text(c, PARAM_message_reject_characters)));
	k->strips = characters_parse(str_of(config_text(c, PARAM_message_strip_characters)));
	body_rules_init(&k->body, c);
	k->journal.options.segment_size = (uint64_t)config_int(c, PARAM_journal_segment_size);
}

/* An index that is stale, a file that is missing: known before the first message meets it. */
static void
log_notices(const struct table_list *lists, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < lists[i].count; k++) {
			const struct table *t = lists[i].tables[k];

			if (table_notice(t) != NULL)
				log_warning("%s: %s", table_name(t), table_notice(t));
		}
	}
}

int
cleanup_init(struct cleanup *k, const struct config *c, struct why *why)
{
	int result;

	read_settings(k, c);
	result = mapper_open(&k->mapper, c, why);
	if (result == 0)
		result = checks_open(&k->checks, c, why);
	if (result < 0)
		return result;
	log_notices(k->mapper.tables, MAPPER_TABLES);
	log_notices(k->checks.tables, CHECKS_TABLES);
	room_init(&k->room, (uint64_t)config_int(c, PARAM_queue_minfree),
	    (uint64_t)config_int(c, PARAM_journal_size_limit));
	list_init(&k->sessions);
	notifier_init(&k->notifier, "public/qmgr");
	return 0;
}

static void
committed(void *context, struct str segment, uint64_t position, uint64_t length)
{
	struct cleanup *k = context;

	notify_record(&k->notifier, segment, position, length);
}

static void
closed(void *context, struct str segment, uint64_t length)
{
	struct cleanup *k = context;

	notify_segment_closed(&k->notifier, segment, length);
}

static void
failed(void *context, int error, const char *words)
{
	(void)context;
	(void)error;
	log_error("%s", words);
}

int
cleanup_start(struct cleanup *k, struct why *why)
{
	const struct journal_writer_options options = {
		.ids = &k->ids,
		.segment_size = k->journal.options.segment_size,
		.committed = committed,
		.closed = closed,
		.failed = failed,
		.context = k,
	};
	int result;

	queue_id_source_init(&k->ids, (uint32_t)random_u64());
	result = journal_writer_open(&k->journal, &options);
	if (result == 0) {
		k->notifier.journal = &k->journal;
		result = notifier_start(&k->notifier);
	}
	if (result < 0)
		why_set(why, "cannot start: %s", err_text(result));
	return result;
}

void
cleanup_close(struct cleanup *k)
{
	journal_writer_close(&k->journal);
	notifier_close(&k->notifier, run_deadline(NOTIFY_DEADLINE));
	mapper_close(&k->mapper);
	checks_close(&k->checks);
}
