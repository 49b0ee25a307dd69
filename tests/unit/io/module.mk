# SPDX-License-Identifier: BSD-2-Clause
IO_TESTS = tests/unit/io/test_listen tests/unit/io/test_proxy_header tests/unit/io/test_stream
check_PROGRAMS += $(IO_TESTS)
TESTS += $(IO_TESTS)
tests_unit_io_test_listen_LDADD = $(TEST_LDADD)
tests_unit_io_test_proxy_header_LDADD = $(TEST_LDADD)
tests_unit_io_test_stream_LDADD = $(TEST_LDADD)
