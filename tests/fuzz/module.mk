# SPDX-License-Identifier: BSD-2-Clause
# An entry is linked with replay.c, which is then a test, or with libFuzzer (--enable-fuzzers).
if FUZZERS
FUZZ_MAIN =
else
FUZZ_MAIN = tests/fuzz/replay.c
TESTS += $(FUZZ_ENTRIES)
endif

FUZZ_LDADD = $(LDADD) $(FUZZ_ENGINE)
FUZZ_ENTRIES =
check_PROGRAMS += $(FUZZ_ENTRIES)
EXTRA_DIST += tests/fuzz/README.md tests/fuzz/corpus tests/fuzz/fuzz.h

FUZZ_ENTRIES += tests/fuzz/fuzz_access
tests_fuzz_fuzz_access_SOURCES = tests/fuzz/fuzz_access.c $(FUZZ_MAIN)
tests_fuzz_fuzz_access_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_address
tests_fuzz_fuzz_address_SOURCES = tests/fuzz/fuzz_address.c $(FUZZ_MAIN)
tests_fuzz_fuzz_address_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_dns_record
tests_fuzz_fuzz_dns_record_SOURCES = tests/fuzz/fuzz_dns_record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_dns_record_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_event
tests_fuzz_fuzz_event_SOURCES = tests/fuzz/fuzz_event.c $(FUZZ_MAIN)
tests_fuzz_fuzz_event_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_header
tests_fuzz_fuzz_header_SOURCES = tests/fuzz/fuzz_header.c $(FUZZ_MAIN)
tests_fuzz_fuzz_header_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_mime
tests_fuzz_fuzz_mime_SOURCES = tests/fuzz/fuzz_mime.c $(FUZZ_MAIN)
tests_fuzz_fuzz_mime_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_mailbox
tests_fuzz_fuzz_mailbox_SOURCES = tests/fuzz/fuzz_mailbox.c $(FUZZ_MAIN)
tests_fuzz_fuzz_mailbox_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_command
tests_fuzz_fuzz_command_SOURCES = tests/fuzz/fuzz_command.c $(FUZZ_MAIN)
tests_fuzz_fuzz_command_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_dot
tests_fuzz_fuzz_dot_SOURCES = tests/fuzz/fuzz_dot.c $(FUZZ_MAIN)
tests_fuzz_fuzz_dot_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_reply
tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c $(FUZZ_MAIN)
tests_fuzz_fuzz_reply_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_xtext
tests_fuzz_fuzz_xtext_SOURCES = tests/fuzz/fuzz_xtext.c $(FUZZ_MAIN)
tests_fuzz_fuzz_xtext_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_message
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c $(FUZZ_MAIN)
tests_fuzz_fuzz_message_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_table tests/fuzz/fuzz_server_reply tests/fuzz/fuzz_source
tests_fuzz_fuzz_server_reply_SOURCES = tests/fuzz/fuzz_server_reply.c $(FUZZ_MAIN)
tests_fuzz_fuzz_server_reply_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_table_SOURCES = tests/fuzz/fuzz_table.c $(FUZZ_MAIN)
tests_fuzz_fuzz_table_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_source_SOURCES = tests/fuzz/fuzz_source.c $(FUZZ_MAIN)
tests_fuzz_fuzz_source_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_envelope
tests_fuzz_fuzz_envelope_SOURCES = tests/fuzz/fuzz_envelope.c $(FUZZ_MAIN)
tests_fuzz_fuzz_envelope_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_record
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_record_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_expand tests/fuzz/fuzz_main_cf tests/fuzz/fuzz_master_cf
tests_fuzz_fuzz_expand_SOURCES = tests/fuzz/fuzz_expand.c $(FUZZ_MAIN)
tests_fuzz_fuzz_expand_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_main_cf_SOURCES = tests/fuzz/fuzz_main_cf.c $(FUZZ_MAIN)
tests_fuzz_fuzz_main_cf_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_master_cf_SOURCES = tests/fuzz/fuzz_master_cf.c $(FUZZ_MAIN)
tests_fuzz_fuzz_master_cf_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_recipients
tests_fuzz_fuzz_recipients_SOURCES = tests/fuzz/fuzz_recipients.c $(FUZZ_MAIN)
tests_fuzz_fuzz_recipients_LDADD = $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_alias tests/fuzz/fuzz_trace_headers
tests_fuzz_fuzz_alias_SOURCES = tests/fuzz/fuzz_alias.c $(FUZZ_MAIN)
tests_fuzz_fuzz_alias_LDADD = local/libagent.a $(FUZZ_LDADD)
tests_fuzz_fuzz_trace_headers_SOURCES = tests/fuzz/fuzz_trace_headers.c $(FUZZ_MAIN)
tests_fuzz_fuzz_trace_headers_LDADD = local/libagent.a $(FUZZ_LDADD)

FUZZ_ENTRIES += tests/fuzz/fuzz_proxy_header
tests_fuzz_fuzz_proxy_header_SOURCES = tests/fuzz/fuzz_proxy_header.c $(FUZZ_MAIN)
tests_fuzz_fuzz_proxy_header_LDADD = $(FUZZ_LDADD)
